import type { AttemptKey } from '../artifact/layout.ts'
import type { ResultManifest } from '../artifact/manifest.ts'
import { backoffMs } from '../watch/backoff.ts'
import { readAttemptOwner } from './decide.ts'
import type { AttemptObserver, StepRunLaunch } from './step-run-launch.ts'

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 5_000

/**
 * Tells that a job runs where its operator does not: an operator with nothing but `launch()` need not observe anything.
 * What the job itself writes first says it. As soon as the operator has observed something, that counts alone.
 */
export class FirstSign implements Disposable {
  /** The launch's own, which is to be told of everything. */
  readonly observer: AttemptObserver
  readonly #launch: StepRunLaunch
  readonly #key: AttemptKey
  readonly #over: AbortController = new AbortController()
  /** ISO 8601: since when the job runs, by its own clock. */
  #since: string | undefined

  constructor(launch: StepRunLaunch, key: AttemptKey) {
    const { observer } = launch
    this.#launch = launch
    this.#key = key
    this.observer = {
      started: (attempt) => observer.started(attempt),
      ended: async (attempt, end) => observer.ended(attempt, end),
      report: (attempt, event) => {
        if (event.type === 'observed') this.#over.abort()
        observer.report(attempt, event)
      },
    }
    void this.#watch()
  }

  /** The attempt was decided: for how long its job ran. */
  ended(manifest: ResultManifest): void {
    if (this.#over.signal.aborted) return
    const since = 'process' in manifest ? timeOf(manifest.process.startedAt) : this.#since
    if (since !== undefined) this.#report(since, timeOf(manifest.finishedAt) ?? since)
  }

  [Symbol.dispose](): void {
    this.#over.abort()
  }

  async #watch(): Promise<void> {
    const { store, clock, random } = this.#launch
    const { signal } = this.#over
    try {
      for (let n = 0; !signal.aborted; n += 1) {
        const owner = await readAttemptOwner(this.#key, store)
        if (signal.aborted || (owner !== undefined && 'closed' in owner)) return
        if (owner !== undefined) {
          this.#since = timeOf(owner.at)
          if (this.#since !== undefined) this.#report(this.#since, this.#since)
          return
        }
        await clock.sleep(backoffMs(n, { firstMs: FIRST_WAIT_MS, longestMs: LONGEST_WAIT_MS, random }), { signal })
      }
    } catch {
      // A phase is for the eyes. What has gone wrong with the store is told by whoever needs it.
    }
  }

  #report(since: string, at: string): void {
    const observation = { phase: 'running', at, phases: [{ phase: 'running', at: since }] } as const
    this.#launch.observer.report(this.#key, { type: 'observed', observation })
  }
}

function timeOf(text: string | undefined): string | undefined {
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text
}
