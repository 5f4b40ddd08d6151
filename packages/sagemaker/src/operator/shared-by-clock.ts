import type { Clock } from '@sidestep/core'

/** What all in this process share that wait by the same clock, by a key of the place that it is of. */
export class SharedByClock<T> {
  readonly #byClock: WeakMap<Clock, Map<string, T>> = new WeakMap()

  /** The one of this key; `make` makes it for the first who asks. */
  get(clock: Clock, key: string, make: () => T): T {
    const shared = this.#byClock.get(clock) ?? new Map<string, T>()
    this.#byClock.set(clock, shared)
    const one = shared.get(key) ?? make()
    shared.set(key, one)
    return one
  }
}
