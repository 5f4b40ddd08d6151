import { setTimeout as sleep } from 'node:timers/promises'

import type { Clock } from '@sidestep/simulators'

/** How soon a wait notices that time has leapt, in milliseconds. */
const LOOK_MS = 100

/** The machine's clock, which can be put forward: what would be waited for is over. */
export class LeapingClock implements Clock {
  #aheadMs = 0

  now(): number {
    return Date.now() + this.#aheadMs
  }

  /** Puts it forward. */
  leap(ms: number): void {
    this.#aheadMs += ms
  }

  async wait(ms: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted()
    for (const end = this.now() + ms; this.now() < end;) {
      try {
        await sleep(Math.min(Math.ceil(end - this.now()), LOOK_MS), undefined, { signal })
      } catch (error) {
        signal.throwIfAborted()
        throw error
      }
    }
  }
}
