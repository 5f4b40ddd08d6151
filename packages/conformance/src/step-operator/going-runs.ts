import { setTimeout as sleep } from 'node:timers/promises'

/** The runs of a check that have not ended: where the check fails, they are ended with it. */
export class GoingRuns {
  readonly #stops = new Map<Promise<unknown>, () => Promise<void>>()

  /** `stop`: asks it to end. `ended` resolves when it has, and never rejects. */
  add(stop: () => Promise<void>, ended: Promise<unknown>): void {
    this.#stops.set(ended, stop)
    void ended.then(() => this.#stops.delete(ended))
  }

  /** Stops all that go on, and waits for their ends, at most so many milliseconds. Never rejects: the check has its finding. */
  async stop(patienceMs: number): Promise<void> {
    if (this.#stops.size === 0) return
    const ends = [...this.#stops].map(async ([ended, stop]) => {
      // What cannot be stopped is not waited for.
      const asked = await stop().then(
        () => true,
        () => false,
      )
      if (asked) await ended
    })
    const over = new AbortController()
    const late = sleep(patienceMs, undefined, { signal: over.signal }).catch(() => undefined)
    await Promise.race([Promise.all(ends), late])
    over.abort()
  }
}
