import { setTimeout as sleep } from 'node:timers/promises'

import { messageOf } from './message-of.ts'
import type { JobEnd, RunningJob } from './job.ts'

/** Sends a signal to a job: SIGTERM to its first process, SIGKILL to all. Where nothing runs any more, it does nothing. */
export type SendSignal = (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>

/** How a job that is being run hears of its end, and tells of its beginning. */
export interface JobControl {
  /** Aborted where the job is to end before it began. */
  readonly cancelled: AbortSignal
  /** To be called once, when the command runs. */
  begun(send: SendSignal): void
}

/** A job, and all that is the same of containers and processes. */
export class LiveJob implements RunningJob {
  readonly begun: Promise<boolean>
  readonly ended: Promise<JobEnd>
  readonly #graceMs: number
  readonly #cancelled = new AbortController()
  readonly #gone = new AbortController()
  readonly #sender: PromiseWithResolvers<SendSignal | undefined> = Promise.withResolvers()
  #hasBegun = false
  #stopped: Promise<void> | undefined

  /** `live` runs it from beginning to end. What it rejects with is why the job did not begin, or why its end is not known. */
  constructor(graceMs: number, live: (control: JobControl) => Promise<JobEnd>) {
    this.#graceMs = graceMs
    this.begun = this.#sender.promise.then((send) => send !== undefined)
    this.ended = this.#live(live)
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    await this.#stopped
  }

  async kill(): Promise<void> {
    const send = await this.#whenBegun()
    await send?.('SIGKILL')
    await this.ended
  }

  async #stop(): Promise<void> {
    const send = await this.#whenBegun()
    if (send === undefined) return
    await send('SIGTERM')
    const { signal } = this.#gone
    // It rejects where the job ended before.
    const isOver = await sleep(this.#graceMs, true, { signal }).catch(() => false)
    if (isOver) await send('SIGKILL')
    await this.ended
  }

  /** `undefined`: it never began, and is at its end. */
  async #whenBegun(): Promise<SendSignal | undefined> {
    if (!this.#hasBegun) this.#cancelled.abort(new Error('it was stopped before it began'))
    const send = await this.#sender.promise
    if (send === undefined) await this.ended
    return send
  }

  async #live(live: (control: JobControl) => Promise<JobEnd>): Promise<JobEnd> {
    const begun = (send: SendSignal): void => {
      this.#hasBegun = true
      this.#sender.resolve(send)
    }
    try {
      return await live({ cancelled: this.#cancelled.signal, begun })
    } catch (error) {
      const why = messageOf(error)
      const unknown = { exitCode: null, outOfMemory: false }
      return this.#hasBegun ? { ...unknown, lostError: why } : { ...unknown, startError: why }
    } finally {
      this.#gone.abort()
      this.#sender.resolve(undefined)
    }
  }
}
