import type { RecordedEvent } from './recorded-events.ts'

/** Which attempts have failed or were stopped for good, as the events of a run tell. */
export class SpentAttempts {
  readonly #before: ReadonlyMap<string, number>
  readonly #tried: Set<string> = new Set()
  readonly #last: Map<string, number> = new Map()

  /** `before`: those of earlier ends of the run. */
  constructor(before: ReadonlyMap<string, number>) {
    this.#before = before
  }

  /** By step run: its last attempt. */
  get last(): ReadonlyMap<string, number> {
    return this.#last
  }

  note(event: RecordedEvent): void {
    switch (event.type) {
      case 'attempt.started':
        this.#tried.add(event.stepRunId)
        break
      case 'attempt.ended':
        // A job that was left running may still succeed.
        if (event.error !== undefined && event.detached !== true) this.#last.set(event.stepRunId, event.attempt)
        break
      case 'step.failed':
        // A step in this process tells of no attempts.
        if (!this.#tried.has(event.stepRunId)) {
          this.#last.set(event.stepRunId, 1 + (this.#before.get(event.stepRunId) ?? 0))
        }
        break
      default:
        break
    }
  }
}
