import type { Clock } from './clock.ts'
import { MAX_STALE_MS } from './faults.ts'
import { compareUtf8 } from './utf8-order.ts'

interface Change<T> {
  readonly at: number
  /** `undefined`: it was removed. */
  readonly value: T | undefined
}

/** How a history is kept. */
export interface HistoryOptions<T> {
  readonly clock: Clock
  /** How old the state is that `list` shows, in milliseconds. Default: 0. */
  readonly listDelayMs?: number
  /** Is told once of each value that was replaced or removed, when no list shows it any more. */
  readonly onForget?: (value: T) => void
}

/** Values by name, with what they were a while ago: what a list shows that lags behind. */
export class History<T> {
  readonly #clock: Clock
  readonly #listDelayMs: number
  readonly #keepMs: number
  readonly #onForget: (value: T) => void
  /** Of each key the changes that matter still, the oldest first. */
  readonly #changes = new Map<string, Change<T>[]>()
  /** All keys of `#changes`, in the order of their UTF-8 bytes. */
  readonly #keys: string[] = []
  /** Which key changed when: what is to be looked at once it is old enough. */
  #recent: { readonly at: number; readonly key: string }[] = []
  #looked = 0
  #latest = -Infinity

  constructor({ clock, listDelayMs = 0, onForget = () => undefined }: HistoryOptions<T>) {
    if (!(listDelayMs >= 0 && Number.isFinite(listDelayMs))) {
      throw new RangeError(`a list cannot be ${listDelayMs} milliseconds old`)
    }
    this.#clock = clock
    this.#listDelayMs = listDelayMs
    this.#keepMs = Math.max(MAX_STALE_MS, listDelayMs)
    this.#onForget = onForget
  }

  /** As it is now. `undefined`: there is none. */
  get(key: string): T | undefined {
    return this.#changes.get(key)?.at(-1)?.value
  }

  /** True where there is nothing now. */
  get isEmpty(): boolean {
    return [...this.#changes.values()].every((changes) => changes.at(-1)?.value === undefined)
  }

  /** Adds, replaces or, with `undefined`, removes. */
  set(key: string, value: T | undefined): void {
    const at = this.#time()
    const changes = this.#changes.get(key)
    if (changes !== undefined) changes.push({ at, value })
    else {
      this.#changes.set(key, [{ at, value }])
      this.#keys.splice(this.#indexOf(key), 0, key)
    }
    this.#recent.push({ at, key })
    this.#forget()
  }

  /** The values as they all were at one time: `staleMs` ago, or what the history was made with if that is longer. By key. */
  list(prefix: string = '', { staleMs = 0 }: { readonly staleMs?: number } = {}): readonly T[] {
    this.#forget()
    const time = this.#time() - Math.min(Math.max(staleMs, this.#listDelayMs), this.#keepMs)
    const values: T[] = []
    for (let index = this.#indexOf(prefix); index < this.#keys.length; index += 1) {
      const key = this.#keys[index]!
      if (!key.startsWith(prefix)) break
      const value = this.#changes.get(key)?.findLast(({ at }) => at <= time)?.value
      if (value !== undefined) values.push(value)
    }
    return values
  }

  /** Forgets everything. */
  clear(): void {
    for (const changes of this.#changes.values()) for (const { value } of changes) this.#tell(value)
    this.#changes.clear()
    this.#keys.length = 0
    this.#recent = []
    this.#looked = 0
  }

  /** A machine's clock may be set back: what happened last stays the last. */
  #time(): number {
    this.#latest = Math.max(this.#latest, this.#clock.now())
    return this.#latest
  }

  /** What happened before the oldest list does not matter, but for its last state. */
  #forget(): void {
    const oldest = this.#time() - this.#keepMs
    for (let next = this.#recent[this.#looked]; next !== undefined && next.at <= oldest;) {
      this.#looked += 1
      this.#forgetBefore(next.key, oldest)
      next = this.#recent[this.#looked]
    }
    if (this.#looked * 2 <= this.#recent.length) return
    this.#recent = this.#recent.slice(this.#looked)
    this.#looked = 0
  }

  #forgetBefore(key: string, oldest: number): void {
    const changes = this.#changes.get(key)
    if (changes === undefined) return
    const from = Math.max(
      0,
      changes.findLastIndex(({ at }) => at <= oldest),
    )
    for (const { value } of changes.splice(0, from)) this.#tell(value)
    if (changes.length > 1 || changes[0]?.value !== undefined) return
    this.#changes.delete(key)
    this.#keys.splice(this.#indexOf(key), 1)
  }

  #tell(value: T | undefined): void {
    if (value !== undefined) this.#onForget(value)
  }

  /** Of the first key that does not come before it. */
  #indexOf(key: string): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareUtf8(this.#keys[middle]!, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
