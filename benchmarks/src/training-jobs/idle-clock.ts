import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'

import type { Clock } from '@sidestep/core'
import type { Clock as SimulatorClock } from '@sidestep/simulators'

const REQUESTS = 'http.client.request.start'
/** So many turns of the event loop without anything under way, and whatever could go on has. */
const IDLE_TURNS = 12
/** What Node.js calls file calls that have not come back. */
const FILE_CALLS: ReadonlySet<string> = new Set(['FSReqPromise', 'FSReqCallback', 'CloseReq'])

interface Waiter {
  readonly at: number
  readonly wake: () => void
}

/**
 * A clock that stands still while a request or a file call of this process is under way, and goes on to the next moment that
 * somebody waits for once none is: calls take no time on it, and hours take as long as their calls. It is one for both sides.
 */
export class IdleClock implements Clock, SimulatorClock, Disposable {
  #now: number = Date.now()
  readonly #waiters: Set<Waiter> = new Set()
  #requests = 0
  readonly #count = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest }
    this.#requests += 1
    request.once('close', () => (this.#requests -= 1))
  }

  constructor() {
    subscribe(REQUESTS, this.#count)
  }

  [Symbol.dispose](): void {
    unsubscribe(REQUESTS, this.#count)
  }

  now(): number {
    return this.#now
  }

  date(): Date {
    return new Date(this.#now)
  }

  async sleep(ms: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted()
    if (ms <= 0) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { at: this.#now + ms, wake: resolve }
    const abort = (): void => reject(signal?.reason as Error)
    this.#waiters.add(waiter)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await promise
    } finally {
      this.#waiters.delete(waiter)
      signal?.removeEventListener('abort', abort)
    }
  }

  async wait(ms: number, options: { readonly signal: AbortSignal }): Promise<void> {
    await this.sleep(ms, options)
  }

  /** Lets so many milliseconds go by. */
  async run(ms: number): Promise<void> {
    const end = this.#now + ms
    while (await this.#goOn(end));
    this.#now = end
  }

  /** Lets time go by until something has happened, and resolves or rejects as it does. */
  async until<T>(something: Promise<T>): Promise<T> {
    let isOver = false
    const over = (): void => void (isOver = true)
    something.then(over, over)
    while (!isOver) {
      if (!(await this.#goOn(Infinity)) && !isOver) throw new Error('nobody waits for anything that comes')
    }
    return something
  }

  /** To the next moment that somebody waits for. False where there is none until then. */
  async #goOn(end: number): Promise<boolean> {
    await this.#idle()
    let next: Waiter | undefined
    for (const waiter of this.#waiters) if (next === undefined || waiter.at < next.at) next = waiter
    if (next === undefined || next.at > end || next.at === Infinity) return false
    this.#waiters.delete(next)
    this.#now = next.at
    next.wake()
    return true
  }

  async #idle(): Promise<void> {
    for (let turns = 0; turns < IDLE_TURNS; turns += 1) {
      await turn()
      if (this.#requests > 0 || process.getActiveResourcesInfo().some((name) => FILE_CALLS.has(name))) turns = 0
    }
  }
}
