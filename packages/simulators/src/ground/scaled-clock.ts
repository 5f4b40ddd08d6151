import { setTimeout } from 'node:timers/promises'

import type { Clock } from './clock.ts'

/** What a timer of Node.js takes at most: a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The machine's clock, `scale` times as fast: with 60, a minute of the provider takes a second. */
export class ScaledClock implements Clock {
  readonly #scale: number
  readonly #start = Date.now()
  readonly #began = performance.now()

  /** From 0.001 to 10,000. Throws a `RangeError` for others. */
  constructor(scale: number = 1) {
    if (!(scale >= 0.001 && scale <= 10_000)) throw new RangeError(`the scale of time is 0.001 to 10000, not ${scale}`)
    this.#scale = scale
  }

  /** With a scale of 1: what the machine says. With others: from its start on, whatever is done to the machine's clock. */
  now(): number {
    return this.#scale === 1 ? Date.now() : Math.floor(this.#start + this.#elapsed())
  }

  async wait(ms: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (Number.isNaN(ms)) throw new RangeError('nobody can wait for NaN milliseconds')
    signal.throwIfAborted()
    const end = this.#elapsed() + ms
    // Timers may fire a little early, and long ones need several.
    for (let left = ms; left > 0; left = end - this.#elapsed()) {
      try {
        await setTimeout(Math.min(Math.ceil(left / this.#scale), MAX_TIMER_MS), undefined, { signal })
      } catch (error) {
        signal.throwIfAborted()
        throw error
      }
    }
  }

  #elapsed(): number {
    return (performance.now() - this.#began) * this.#scale
  }
}
