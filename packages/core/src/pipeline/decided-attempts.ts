import type { AttemptKey } from '../artifact/layout.ts'
import type { AttemptOutcome, LaunchRecord } from '../journal/attempt-record.ts'

/** What was decided about the attempts of a run under this launcher: never what was only told of them. */
export class DecidedAttempts {
  readonly #failed: Map<string, number> = new Map()

  /** By step run: the attempt that failed or was stopped last, unless a later one did not. */
  get failed(): ReadonlyMap<string, number> {
    return this.#failed
  }

  /** The same record, whose end is noted here too. */
  noting(record: LaunchRecord, key: AttemptKey): LaunchRecord {
    return {
      read: () => record.read(),
      intent: (value) => record.intent(value),
      create: (create) => record.create(create),
      handle: (value) => record.handle(value),
      checkOwner: () => record.checkOwner(),
      ended: async (outcome, next) => {
        await record.ended(outcome, next)
        this.#note(key, outcome)
      },
    }
  }

  #note({ stepRunId, attempt }: AttemptKey, { status }: AttemptOutcome): void {
    if (status === 'failed') this.#failed.set(stepRunId, attempt)
    else this.#failed.delete(stepRunId)
  }
}
