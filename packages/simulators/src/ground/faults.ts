/** What can go wrong with a call. */
export type CallFaultKind =
  /** The provider's answer for too many calls, in its own words. */
  | 'throttle'
  /** The provider's answer for an error of its own. */
  | 'server-error'
  /** The answer comes `delayMs` later. */
  | 'slow'
  /** The connection is closed before anything has happened. */
  | 'reset-before'
  /** It happened, and the connection is closed instead of an answer: a create whose answer is lost. */
  | 'reset-after'
  /** Answered at once, and happens `delayMs` later. */
  | 'delayed-effect'
  /** The provider's answer for credentials that are over. */
  | 'expired-token'
  /** The provider's answer where it has no machine. */
  | 'capacity'
  /** A list does not show what changed in the last `delayMs`. */
  | 'stale-list'
  /** The `Date` of the answer is off by `delayMs`; below 0: behind. */
  | 'clock-off'

/** What can go wrong with a job. */
export type JobFaultKind =
  /** It never leaves the phase before its start. */
  | 'stuck'
  /** The machine is taken away while it runs, and the job starts anew as the provider does it. */
  | 'interruption'
  /** It is killed for its memory. */
  | 'oom'
  /** Some lines of its log never arrive. */
  | 'log-gap'

/** A fault that was asked for. It is used up call by call. */
export interface Fault {
  /** `<service>.<operation>`: `s3.PutObject`; `s3.*` is any. Of a job: the service's name for its create. */
  readonly operation: string
  /** What happens. */
  readonly kind: CallFaultKind | JobFaultKind
  /** How many calls it meets. Default: 1. */
  readonly times?: number
  /** Of those that fit, from 0 to 1, by the simulator's seed. Default: 1. */
  readonly probability?: number
  /** How many that fit go by first. Default: 0. */
  readonly after?: number
  /** What the kinds say. Default: 1000. By the simulator's clock. */
  readonly delayMs?: number
  /** Only calls whose path and query match. */
  readonly path?: RegExp
}

/** A fault that was asked for and did not happen as often as asked. */
export class UnmetFaultsError extends Error {
  override readonly name: string = 'UnmetFaultsError'
}

/** Those that are left. One for each simulator. */
export class FaultPlan {
  /** The same seed makes the same choices for the same calls in the same order. */
  constructor(_seed: string) {
    throw new Error('not there yet')
  }

  /** Beside those that are there. Throws a `RangeError` for numbers that cannot be. */
  add(..._faults: readonly Fault[]): void {
    throw new Error('not there yet')
  }

  /** Those that this call, or this job, meets now; they are used up by it. */
  take(_call: { readonly operation: string; readonly path: string }): readonly Fault[] {
    throw new Error('not there yet')
  }

  /** Those that were asked for more often than they happened. */
  get unmet(): readonly Fault[] {
    throw new Error('not there yet')
  }

  /** Forgets those that are left: they will not be missed. */
  clear(): void {
    throw new Error('not there yet')
  }
}
