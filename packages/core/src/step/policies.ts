import type { FailureKind } from '../errors.ts'

/** What becomes of a job when its step is to stop: wait for the confirmed end, only ask, or leave it running. */
export type CancelPolicy = 'cancelAndWait' | 'cancel' | 'detach'

export interface CancelPolicies {
  readonly onAbort: CancelPolicy
  readonly onSignal: CancelPolicy
  readonly onTimeout: CancelPolicy
  readonly onSiblingFailure: CancelPolicy
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

export interface RetryPolicy {
  /** Counts the attempts that ended with a kind of `on`, at least 1. */
  readonly maxAttempts: number
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
