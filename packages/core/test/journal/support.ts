import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import type { AttemptKey } from '../../src/artifact/layout.ts'
import { Journal, type OpenJournalOptions } from '../../src/journal/journal.ts'
import { runRecord } from './records.ts'

/** A new home folder; it is removed at the end of the test. */
export async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'sidestep-journal-'))
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
  return home
}

/** Its journal; closed at the end of the test. */
export async function openJournal(home: string, options: OpenJournalOptions = {}): Promise<Journal> {
  const journal = await Journal.open(home, options)
  onTestFinished(() => journal.close())
  return journal
}

/** In a new home folder, with these runs. */
export async function journalWith(runIds: readonly string[], options: OpenJournalOptions = {}): Promise<Journal> {
  const journal = await openJournal(await newHome(), options)
  for (const runId of runIds) await journal.addRun({ record: runRecord({ runId }), storeUri: 'file:///store' })
  return journal
}

export function keyOf(runId: string, stepRunId = 'train-0', attempt = 1): AttemptKey {
  return { runId, stepRunId, attempt }
}

/** Starts a script of this folder; it is killed at the end of the test. `prefix` is a command that starts it. */
export function start(script: string, args: readonly string[], prefix: readonly string[] = []): ChildProcess {
  const [command = '', ...rest] = [...prefix, process.execPath, join(import.meta.dirname, script), ...args]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** What a process prints until it ends. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await new Promise((resolve) => child.once('close', resolve))
  return output
}
