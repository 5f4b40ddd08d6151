import { bootId } from '@sidestep/core/process'

/**
 * The time of a job: its creation by the clock of the wall, and on from there by one that nobody can set. So a clock
 * that is set while a job runs changes nothing about how long it has run.
 */
export interface JobClock {
  /** ISO 8601. */
  readonly createdAt: string
  /** Of the same moment: milliseconds since the machine started, for all processes. */
  readonly createdMonotonicMs: number
}

/** Milliseconds since the machine started: the same clock for all its processes, and only ever forwards. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}

/** The time since this process began, by the clock that nobody sets. For the supervisor, which begins with its job. */
export function timeOfThisProcess(): Date {
  return new Date(performance.timeOrigin + performance.now())
}

/** The clock of a job that began when this process did. */
export function clockOfThisProcess(): JobClock {
  const sinceStartMs = performance.now()
  return {
    createdAt: new Date(performance.timeOrigin).toISOString(),
    createdMonotonicMs: monotonicMs() - sinceStartMs,
  }
}

/** What time it is for a job. After a restart of the machine only the clock of the wall is left. */
export function timeOfJob({ createdAt, createdMonotonicMs }: JobClock, boot: string): Date {
  if (boot !== bootId()) return new Date()
  return new Date(Date.parse(createdAt) + monotonicMs() - createdMonotonicMs)
}
