import { setImmediate } from 'node:timers/promises'

import type { Clock } from './clock.ts'

interface Waiter {
  readonly at: number
  readonly wake: () => void
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number
  /** In the order in which they end; of those that end together, in the order in which they began. */
  readonly #waiters: Waiter[] = []
  #advancing: Promise<void> = Promise.resolve()

  /** `start`: milliseconds since 1970. Default: 2026-01-01T00:00:00Z. */
  constructor(start: number = Date.UTC(2026, 0)) {
    if (!Number.isFinite(start)) throw new RangeError(`a clock cannot start at ${start}`)
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  /** How many waits there are. */
  get waiting(): number {
    return this.#waiters.length
  }

  async wait(ms: number, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (Number.isNaN(ms)) throw new RangeError('nobody can wait for NaN milliseconds')
    signal.throwIfAborted()
    if (ms <= 0) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { at: this.#now + ms, wake: resolve }
    const later = this.#waiters.findIndex(({ at }) => at > waiter.at)
    this.#waiters.splice(later === -1 ? this.#waiters.length : later, 0, waiter)
    const abort = (): void => {
      const index = this.#waiters.indexOf(waiter)
      if (index === -1) return
      this.#waiters.splice(index, 1)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', abort, { once: true })
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /**
   * Lets time go by: every wait that ends until then ends in its order, and what follows from it happens before the next. What follows
   * is all that promises do; work that waits for a file, a socket or a process goes on beside it. Calls of it follow one another.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`a clock cannot be moved by ${ms} milliseconds`)
    const advanced = this.#advancing.then(async () => this.#advance(ms))
    this.#advancing = advanced
    await advanced
  }

  async #advance(ms: number): Promise<void> {
    const end = this.#now + ms
    // One turn of the event loop runs every promise that can go on, and those that follow from it.
    await setImmediate()
    for (let next = this.#waiters[0]; next !== undefined && next.at <= end; next = this.#waiters[0]) {
      this.#waiters.shift()
      this.#now = next.at
      next.wake()
      await setImmediate()
    }
    this.#now = end
  }
}
