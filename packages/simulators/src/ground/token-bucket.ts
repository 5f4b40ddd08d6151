import type { Clock } from './clock.ts'

/** How many calls a provider takes. */
export interface CallRate {
  /** On average. */
  readonly perSecond: number
  /** At once, after a pause. Default: one second's worth, at least 1. */
  readonly burst?: number
}

/** Times are sums of fractions: as much may be missing. In milliseconds. */
const EPSILON_MS = 1e-3

/** Counts calls against a rate. */
export class TokenBucket {
  readonly #clock: Clock
  /** Between two calls at the average rate. */
  readonly #intervalMs: number
  /** How much earlier than at the average rate a call may come. */
  readonly #toleranceMs: number
  /** When the bucket is full again: each call puts it off by an interval. */
  #fullAt = -Infinity

  /** Throws a `RangeError` for a rate that lets no call through. */
  constructor(rate: CallRate, clock: Clock) {
    const { perSecond, burst = Math.max(1, perSecond) } = rate
    if (!(perSecond > 0 && Number.isFinite(perSecond))) throw new RangeError(`${perSecond} calls a second is no rate`)
    if (!(burst >= 1 && Number.isFinite(burst))) throw new RangeError(`a burst of ${burst} calls lets none through`)
    this.#clock = clock
    this.#intervalMs = 1000 / perSecond
    this.#toleranceMs = (burst - 1) * this.#intervalMs
  }

  /** 0: the call may go on. Else the milliseconds until the next one may; a call that may not costs nothing. */
  take(): number {
    const now = this.#clock.now()
    const early = this.#fullAt - this.#toleranceMs - now
    if (early > EPSILON_MS) return Math.ceil(early - EPSILON_MS)
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs
    return 0
  }
}
