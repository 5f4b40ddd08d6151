import type { Clock } from '@sidestep/core'

/** Time that goes by when somebody waits, and not otherwise. */
export class WaitingClock implements Clock {
  #now = 0

  date(): Date {
    return new Date(this.#now)
  }

  now(): number {
    return this.#now
  }

  async sleep(milliseconds: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const until = this.#now + milliseconds
    await Promise.resolve()
    signal?.throwIfAborted()
    this.#now = Math.max(this.#now, until)
  }
}
