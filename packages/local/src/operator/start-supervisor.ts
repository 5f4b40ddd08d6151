import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { codeOf, configError, SidestepError } from '@sidestep/core'

import { readJson } from '../files/json-file.ts'
import type { JobFolder } from '../job/job-folder.ts'
import type { JobRecord } from '../job/job-record.ts'
import { ownFile } from '../own-file.ts'
import { supervisorEnvironment, type CreateCall } from '../supervisor/create-call.ts'

const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 50

/**
 * Starts a supervisor that outlives this process, and waits until the job has one: this, or another that was faster.
 * Rejects with an `infra` error where none came, and with the signal's reason.
 */
export async function startSupervisor(folder: JobFolder, call: CreateCall, signal: AbortSignal): Promise<JobRecord> {
  signal.throwIfAborted()
  await using log = await open(folder.supervisorLog, 'a', 0o600)
  const child = spawnSupervisor(folder, call, log.fd)
  child.unref()
  const ended = once(child, 'exit').then(
    ([code, killedBy]) => `it ended with ${String(code ?? killedBy)}`,
    (error: unknown) => `it could not be started: ${String(error)}`,
  )
  const state: { failure?: string } = {}
  void ended.then((failure) => {
    state.failure = failure
  })
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(1.2 * pauseMs, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted()
    // Looked at before the file: a supervisor that ended quietly has left the job to another one, whose file is there.
    const { failure } = state
    const record = await readJson<JobRecord>(folder.job)
    if (record !== undefined) return record
    if (failure !== undefined) throw await startError(folder, failure)
    await sleep(pauseMs, undefined, { signal })
  }
}

function spawnSupervisor(folder: JobFolder, call: CreateCall, log: number): ChildProcess {
  try {
    return spawn(process.execPath, [ownFile('supervisor'), folder.path], {
      cwd: folder.path,
      env: supervisorEnvironment(process.env, call, folder),
      detached: true,
      stdio: ['ignore', log, log],
    })
  } catch (error) {
    if (codeOf(error) !== 'E2BIG') throw error
    const hint = 'Put what is large into a file, and hand on its path.'
    throw configError(
      'CONFIG_INVALID',
      'the secrets and variables of the job are larger than a process may have',
      hint,
      error,
    )
  }
}

async function startError(folder: JobFolder, failure: string): Promise<SidestepError> {
  const said = (await readFile(folder.supervisorLog, 'utf8')).trim()
  return new SidestepError(`the supervisor of the job ${folder.path} did not start: ${failure}`, {
    code: 'LAUNCH_FAILED',
    kind: 'infra',
    ...(said === '' ? {} : { hint: said }),
  })
}
