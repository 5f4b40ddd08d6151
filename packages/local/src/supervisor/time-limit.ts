import type { Ending } from './ending.ts'

/** The longest that a timer of Node.js can be set to, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A limit that is running. */
export interface TimeLimit {
  lift(): void
}

/** Ends the job when the time is over. Without a limit, nothing happens. */
export function limitTime(milliseconds: number | undefined, what: string, ending: Ending): TimeLimit {
  if (milliseconds === undefined) return { lift: () => undefined }
  const deadline = performance.now() + milliseconds
  let timer: NodeJS.Timeout
  const wait = (): void => {
    const left = deadline - performance.now()
    if (left <= 0) ending.end({ reason: 'timeout', message: `${what} took longer than ${milliseconds / 1_000} s` })
    else timer = setTimeout(wait, Math.min(left, LONGEST_TIMER_MS))
  }
  wait()
  return { lift: () => clearTimeout(timer) }
}
