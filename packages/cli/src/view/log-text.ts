import type { RunLogLine } from '@sidestep/core'
import { sanitizeLine } from './sanitize.ts'

/**
 * One line of a job's log for people, with its end: without escapes, and with the step in front where there are several.
 * A line that is longer than a log's goes on in the next one; between others it is shown in pieces.
 */
export function logText(line: RunLogLine, label: string | undefined): string {
  const text = sanitizeLine(line.text.replace(/\r?\n$/, ''))
  if (label === undefined) return line.partial === true ? text : `${text}\n`
  return `[${line.attempt === 1 ? label : `${label}, attempt ${line.attempt}`}] ${text}\n`
}

/** The same line as JSON. */
export function logJson(line: RunLogLine, label: string): Readonly<Record<string, unknown>> {
  const { stepRunId, attempt, n, at, stream, text, partial } = line
  return { step: label, stepRunId, attempt, n, at, stream, text, ...(partial && { partial }) }
}
