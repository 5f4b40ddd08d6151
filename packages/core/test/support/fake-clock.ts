import type { Clock } from '../../src/clock.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** A clock that moves only when a test says so. */
export class FakeClock implements Clock {
  #now = 0
  #start: number
  readonly #sleepers: Set<Sleeper> = new Set()

  constructor(start: Date = new Date('2026-01-01T00:00:00Z')) {
    this.#start = start.getTime()
  }

  get sleepers(): number {
    return this.#sleepers.size
  }

  date(): Date {
    return new Date(this.#start + this.#now)
  }

  now(): number {
    return this.#now
  }

  async sleep(milliseconds: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const sleeper: Sleeper = { at: this.#now + milliseconds, wake: resolve }
    const abort = (): void => reject(signal?.reason)
    this.#sleepers.add(sleeper)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await promise
    } finally {
      this.#sleepers.delete(sleeper)
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Sets the time of day. No time passes: nobody wakes up. */
  jump(milliseconds: number): void {
    this.#start += milliseconds
  }

  /** Moves on, waking every sleeper in its turn and letting what it does happen before the next one wakes. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settle()
    while (true) {
      const next = [...this.#sleepers].toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > end) break
      this.#now = Math.max(this.#now, next.at)
      next.wake()
      await settle()
    }
    this.#now = end
    await settle()
  }
}

/** What Node.js calls a file call, and the close of a file, that has not come back. */
const FILE_CALLS: ReadonlySet<string> = new Set(['FSReqPromise', 'FSReqCallback', 'CloseReq'])

/** Lets everything that is ready run, promises and immediates alike, until no file is being read or written. */
export async function settle(): Promise<void> {
  for (let quietTurns = 0; quietTurns < 5; quietTurns += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    // File calls take as long as the machine likes: meanwhile no time passes on the clock.
    if (process.getActiveResourcesInfo().some((name) => FILE_CALLS.has(name))) quietTurns = 0
  }
}
