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

export const systemClock: Clock = {
  date: () => new Date(),
  now: () => performance.now(),
  sleep: async (milliseconds, { signal } = {}) => {
    try {
      await wait(milliseconds, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}
