import type { AttemptKey } from '../artifact/layout.ts'
import type { AttemptOutcome, CreateRecord } from './attempt-record.ts'
import type { RunCode, RunEnd } from './run-record.ts'

/** What an attempt is of. */
export interface AttemptAbout {
  readonly stepName: string
  /** Its name in the stack. Absent: the step runs in the launcher's process. */
  readonly operator?: string
  readonly token?: string
}

/**
 * What one launcher writes about its run. Everything but events is on the disk before its promise resolves. Every write
 * rejects with `RUN_TAKEN_OVER` once the journal knows a later launcher, and with `JOURNAL_FAILED` where the journal
 * cannot be written.
 */
export interface RunWriter {
  /** Before its intent. Again: replaces what is known about it; one that was `detached` is open again. */
  beginAttempt(key: AttemptKey, about: AttemptAbout): Promise<void>
  /** Replaces an earlier one: the artifact store decides which is right. */
  intent(key: AttemptKey, intent: object): Promise<void>
  /** Replaces an earlier one of the same number. */
  create(key: AttemptKey, create: CreateRecord): Promise<void>
  /** Replaces an earlier one. */
  handle(key: AttemptKey, handle: object): Promise<void>
  /** The attempt is over; in the same transaction another one follows it, where one does. */
  outcome(key: AttemptKey, outcome: AttemptOutcome, next?: { readonly nextAttempt?: number }): Promise<void>
  code(code: RunCode): Promise<void>
  end(end: RunEnd): Promise<void>
  /** Plain JSON. Written soon, together with those that come at the same time; {@link flush} says whether it could be. */
  event(event: object): void
  /** Resolves once all events are written. Rejects once with what was wrong: what could not be written is gone then. */
  flush(): Promise<void>
  /** Throws `RUN_TAKEN_OVER` where the journal knows a later launcher. Cheap. */
  check(): void
}
