import { systemClock, type Clock } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { JobHandle, JobService } from '../operator/job-service.ts'
import { isTerminal, type Observation } from '../operator/phases.ts'
import { formatDuration } from '../units.ts'
import { backoffMs } from './backoff.ts'
import { Latest } from './latest.ts'

/** A job's interval grows by this much from one look to the next. */
const GROWTH = 1.4
/** After so many looks in a row without an answer, whoever waits is told. */
const FAILURES_UNTIL_TOLD = 5
const LONGEST_BACKOFF_MS = 60_000
const LONGEST_ANSWER_MS = 60_000
/** A job that answers leave out for so long is told of, in milliseconds: those about others come. */
const LEFT_OUT_MS = 5 * 60_000

export interface WatcherOptions {
  readonly clock?: Clock
  /** From 0 to 1. */
  readonly random?: () => number
}

export interface WatchOptions {
  readonly signal: AbortSignal
  /** Told where the provider gives no answer for a while; the watch goes on. */
  readonly onTrouble?: ((message: string) => void) | undefined
}

interface Watched<Handle> {
  readonly handle: Handle
  readonly deliver: (observation: Observation) => void
  readonly onTrouble: ((message: string) => void) | undefined
  intervalMs: number
  dueAt: number
  /** When the last observation came; at first, when it began to be followed. */
  heardAt: number
  leftOutTold: boolean
}

/** Watches any number of jobs of one service with few calls: all that are due are asked for in one `observe`. */
export class Watcher<Handle extends JobHandle> {
  readonly #service: Pick<JobService<never, object, Handle, never>, 'observe' | 'pollIntervalMs'>
  readonly #clock: Clock
  readonly #random: () => number
  /** Two may follow one job: an operator may give one handle for two attempts. */
  readonly #watched: Set<Watched<Handle>> = new Set()
  #looping = false
  #wake: AbortController = new AbortController()

  constructor(
    service: Pick<JobService<never, object, Handle, never>, 'observe' | 'pollIntervalMs'>,
    { clock = systemClock, random = Math.random }: WatcherOptions = {},
  ) {
    this.#service = service
    this.#clock = clock
    this.#random = random
  }

  /** Tells what becomes known of one job, as often as it is asked for, until the returned function is called. */
  follow(
    handle: Handle,
    {
      onObservation,
      onTrouble,
    }: { readonly onObservation: (observation: Observation) => void } & Pick<WatchOptions, 'onTrouble'>,
  ): () => void {
    const watched: Watched<Handle> = {
      handle,
      onTrouble,
      intervalMs: this.#service.pollIntervalMs.min,
      dueAt: this.#clock.now(),
      heardAt: this.#clock.now(),
      leftOutTold: false,
      deliver: onObservation,
    }
    this.#watched.add(watched)
    this.#start()
    return () => void this.#watched.delete(watched)
  }

  /**
   * What becomes known of one job, until a terminal phase (which is yielded last) or until the caller stops. A caller
   * that is slow gets the newest only.
   */
  async *watch(handle: Handle, { signal, onTrouble }: WatchOptions): AsyncGenerator<Observation, void> {
    const news = new Latest<Observation>()
    const stop = (): void => news.fail(signal.reason)
    signal.throwIfAborted()
    signal.addEventListener('abort', stop)
    const unfollow = this.follow(handle, { onTrouble, onObservation: (observation) => news.set(observation) })
    try {
      while (true) {
        const observation = await news.next()
        yield observation
        if (isTerminal(observation.phase) || observation.gone === true) return
      }
    } finally {
      signal.removeEventListener('abort', stop)
      unfollow()
    }
  }

  /** Asks for a job at once, out of turn: before a deadline is believed, after a cancel. */
  hurry(handle: Handle): void {
    const followers = [...this.#watched].filter((watched) => watched.handle.id === handle.id)
    for (const watched of followers) {
      watched.dueAt = this.#clock.now()
      watched.intervalMs = this.#service.pollIntervalMs.min
    }
    if (followers.length > 0) this.#start()
  }

  #start(): void {
    this.#wake.abort()
    if (this.#looping) return
    this.#looping = true
    void this.#run().finally(() => {
      this.#looping = false
      if (this.#watched.size > 0) this.#start()
    })
  }

  async #run(): Promise<void> {
    let failures = 0
    while (this.#watched.size > 0) {
      await this.#untilDue()
      const due = this.#due()
      if (due.length === 0) continue
      try {
        const handles = new Map(due.map(({ handle }) => [handle.id, handle]))
        const seen = await this.#observe([...handles.values()])
        failures = 0
        for (const watched of due) this.#settle(watched, seen.get(watched.handle.id))
      } catch (error) {
        failures += 1
        this.#postpone(due, failures, messageOf(error))
      }
    }
  }

  async #observe(handles: readonly Handle[]): Promise<ReadonlyMap<string, Observation>> {
    const late = new AbortController()
    const timer = setTimeout(
      () => late.abort(new Error(`no answer within ${formatDuration(LONGEST_ANSWER_MS)}`)),
      LONGEST_ANSWER_MS,
    )
    try {
      return await this.#service.observe(handles, { signal: late.signal })
    } finally {
      clearTimeout(timer)
    }
  }

  async #untilDue(): Promise<void> {
    this.#wake = new AbortController()
    const first = [...this.#watched].reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity)
    const waitMs = first - this.#clock.now()
    if (waitMs <= 0) return
    const { signal } = this.#wake
    await this.#clock.sleep(waitMs, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }

  /** What is due now, and what will be very soon: one call serves both. */
  #due(): readonly Watched<Handle>[] {
    const soon = this.#clock.now() + this.#service.pollIntervalMs.min / 2
    return [...this.#watched].filter(({ dueAt }) => dueAt <= soon)
  }

  #settle(watched: Watched<Handle>, observation: Observation | undefined): void {
    const { max } = this.#service.pollIntervalMs
    const now = this.#clock.now()
    watched.dueAt = now + watched.intervalMs * (1 - this.#random() / 4)
    watched.intervalMs = Math.min(watched.intervalMs * GROWTH, max)
    if (observation === undefined) {
      if (watched.leftOutTold || now - watched.heardAt < LEFT_OUT_MS) return
      watched.leftOutTold = true
      const silence = formatDuration(LEFT_OUT_MS)
      watched.onTrouble?.(`the provider has said nothing about the job for ${silence}. It is asked for again.`)
      return
    }
    watched.heardAt = now
    watched.leftOutTold = false
    watched.deliver(observation)
  }

  #postpone(due: readonly Watched<Handle>[], failures: number, message: string): void {
    const firstMs = Math.max(this.#service.pollIntervalMs.min, 250)
    const waitMs = backoffMs(failures - 1, { firstMs, longestMs: LONGEST_BACKOFF_MS, random: this.#random })
    for (const watched of due) {
      watched.dueAt = this.#clock.now() + waitMs
      if (failures === FAILURES_UNTIL_TOLD) {
        watched.onTrouble?.(`no answer about the job for ${failures} times: ${message}. It is asked for again.`)
      }
    }
  }
}
