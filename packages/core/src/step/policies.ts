import type { FailureKind } from '../errors.ts'

/** What becomes of a job when its step is to stop: wait for the confirmed end, only ask, or leave it running. */
export type CancelPolicy = 'cancelAndWait' | 'cancel' | 'detach'

/** What becomes of a job, by why its step is to stop. Default of each: `cancelAndWait`. */
export interface CancelPolicies {
  /** `run.cancel()`, or the signal that was given to the run. */
  readonly onAbort: CancelPolicy
  /** Ctrl-C, SIGTERM or SIGHUP to the launcher. */
  readonly onSignal: CancelPolicy
  /** A timeout that the launcher found. */
  readonly onTimeout: CancelPolicy
  /** The pipeline's function rejected. */
  readonly onSiblingFailure: CancelPolicy
  /** The job gives no sign any more, while its provider says that it runs. */
  readonly onLostHeartbeat: CancelPolicy
}

/** In milliseconds. */
export interface ResolvedTimeouts {
  /** From the create until the step's process starts. */
  readonly queueMs?: number
  /** From the start of the step's process. */
  readonly runMs?: number
  /** From the create. */
  readonly totalMs?: number
}

/** When a step that failed is tried again. */
export interface RetryPolicy {
  /** Counts the attempts that ended with a kind of `on`, at least 1. */
  readonly maxAttempts: number
  /** Kinds that are tried again. Default: `capacity`, `preempted`, `infra`. */
  readonly on: readonly FailureKind[]
}

export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 1, on: ['capacity', 'preempted', 'infra'] }

export const DEFAULT_CANCEL: CancelPolicies = {
  onAbort: 'cancelAndWait',
  onSignal: 'cancelAndWait',
  onTimeout: 'cancelAndWait',
  onSiblingFailure: 'cancelAndWait',
  onLostHeartbeat: 'cancelAndWait',
}
