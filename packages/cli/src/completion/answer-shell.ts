import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { captureOutput } from '../run/capture-output.ts'
import { completeWords, type Candidate } from './complete-words.ts'

/** So long, in milliseconds, is waited for values: who types waits with us. */
const PATIENCE_MS = 3_000

/**
 * Prints what may stand for the last of the words: a value and what it is, with a tab between, on each line; `:files`
 * where it may be a file. Somebody is typing: what cannot be found out is left out, without a word.
 */
export async function answerShell(program: Command, words: readonly string[]): Promise<void> {
  const { candidates, subject, typed, prefix } = completeWords(program, words)
  const lines = candidates.map(lineOf)
  // Past every diversion: one around a module that never ends to load is still there.
  const stdout = captureOutput(process.stdout, () => {})
  const stderr = captureOutput(process.stderr, () => {})
  if (subject?.kind === 'file') {
    lines.push(':files')
  } else if (subject !== undefined) {
    try {
      const { findValues } = await import('./find-values.ts')
      const values = await Promise.race([findValues(subject), patience()])
      lines.push(
        ...values
          .filter(({ value }) => value.startsWith(typed))
          .map((it) => lineOf({ ...it, value: prefix + it.value })),
      )
    } catch {
      // A message would stand in the middle of the line that is typed; the command itself will say it.
    }
  }
  for (const stream of [stdout, stderr]) stream.release()
  if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
}

/** A module of a flavor may never end to load: then there are no values. The answer ends the process, and this with it. */
async function patience(): Promise<readonly Candidate[]> {
  await setTimeout(PATIENCE_MS)
  return []
}

function lineOf({ value, description = '' }: Candidate): string {
  // oxlint-disable-next-line no-control-regex
  return `${value}\t${description.replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, ' ')}`
}
