import type { AttemptKey } from '../artifact/layout.ts'
import type { FailureKind } from '../errors.ts'

/** One create call, recorded before it is sent. */
export interface CreateRecord {
  /** From 1. */
  readonly n: number
  /** Random; travels to the job as `SIDESTEP_NONCE`. */
  readonly nonce: string
  /** ISO 8601: after it, the answer counts as lost. */
  readonly deadline: string
}

/** What is durably known of an attempt. */
export interface AttemptState {
  /** The prepared request. Absent: nothing was created. */
  readonly intent?: object
  /** Oldest first. Each may have made a job, whether or not it was answered. */
  readonly creates: readonly CreateRecord[]
  /** Of the attempt's job, once it is known. */
  readonly handle?: object
}

/**
 * The durable record of one attempt. What is written is there for any process before the promise resolves. A
 * read or a write may reject with `RUN_TAKEN_OVER`, and `checkOwner` does, once another launcher has taken the run over.
 */
export interface AttemptRecord {
  /** An attempt that an earlier launcher left as it was counts as open from then on. */
  read(): Promise<AttemptState>
  /** Before anything is created. The first intent stays: one that differs is refused. */
  intent(value: object): Promise<void>
  /** Before the call is sent, so that a lost answer is looked for. */
  create(record: CreateRecord): Promise<void>
  /** By which any process finds the job again: plain JSON. */
  handle(value: object): Promise<void>
  /** Asks whether this launcher still owns the run: before a job is cancelled, or anything is decided about it. */
  checkOwner(): Promise<void>
}

/** How an attempt ended, for the journal: what decides is `result.json`. */
export interface AttemptOutcome {
  /** `detached`: its job was left as it was. */
  readonly status: 'succeeded' | 'failed' | 'detached'
  /** Why it failed. */
  readonly kind?: FailureKind
  /** For people. */
  readonly reason?: string
}

/** An attempt's record as the launcher itself uses it. */
export interface LaunchRecord extends AttemptRecord {
  /** Says that the attempt is over, and in the same transaction that another one follows, where one does. */
  ended(outcome: AttemptOutcome, next: { readonly nextAttempt?: number }): Promise<void>
}

/** What launching keeps so that no job is ever lost. */
export interface LaunchJournal {
  /** Of the journal that began the run: a label of all its jobs. */
  readonly id: string
  attempt(key: AttemptKey): LaunchRecord
}
