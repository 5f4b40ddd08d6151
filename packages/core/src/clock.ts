import { setTimeout as wait } from 'node:timers/promises'

/** Time, so that tests can hold it in their hands. */
export interface Clock {
  /** The time of day. */
  date(): Date
  /** Milliseconds that only ever grow, from an arbitrary start. Stands still while the machine sleeps. */
  now(): number
  /** Rejects with the signal's reason when it aborts. */
  sleep(milliseconds: number, options?: { readonly signal?: AbortSignal }): Promise<void>
}

/** The longest time that a timer of Node.js can wait, in milliseconds: it cuts longer ones to 1. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The time of this machine. */
export const systemClock: Clock = {
  date: () => new Date(),
  now: () => performance.now(),
  sleep: async (milliseconds, { signal } = {}) => {
    try {
      const end = performance.now() + milliseconds
      for (let leftMs = milliseconds; ; leftMs = end - performance.now()) {
        await wait(Math.min(leftMs, LONGEST_TIMER_MS), undefined, signal === undefined ? {} : { signal })
        if (leftMs <= LONGEST_TIMER_MS) return
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}
