import type { Failure } from '@sidestep/config/counts'

/** A failure and where it was. */
export interface PackageFailure extends Failure {
  readonly package: string
}

/** Whoever sees only the end of an output sees all of it: with the line before and the one after, 50. */
const MOST_LINES = 48
const MOST_MESSAGE_LINES = 8
const MOST_COLUMNS = 240

/** What failed, a line each, and under it as much of its message as there is room for. At most 48 lines. */
export function formatFailures(failures: readonly PackageFailure[]): string[] {
  // One line tells of those that have no room.
  const shown = failures.length > MOST_LINES ? failures.slice(0, MOST_LINES - 1) : failures
  const room = Math.min(MOST_MESSAGE_LINES, Math.floor(MOST_LINES / shown.length) - 1)
  const lines = shown.flatMap((failure) => [title(failure), ...message(failure, room)])
  return shown.length === failures.length ? lines : [...lines, `and ${failures.length - shown.length} more`]
}

function title({ package: name, file, test }: PackageFailure): string {
  return cut(
    ['failed:', name, ...(file === undefined ? [] : [file]), ...(test === undefined ? [] : [`> ${test}`])].join(' '),
  )
}

function message(failure: PackageFailure, room: number): string[] {
  const lines = failure.message.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(0, room).map((line) => cut(`    ${line}`))
}

function cut(line: string): string {
  return line.length > MOST_COLUMNS ? `${line.slice(0, MOST_COLUMNS - 1)}…` : line
}
