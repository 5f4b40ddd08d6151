import { systemClock, type Clock } from '../clock.ts'
import { EventReader } from './event-reader.ts'
import type { RecordedEvent } from './recorded-events.ts'
import type { RunEvent } from './run-events.ts'

/** When a log has ended, a reader that takes nothing for so long is not waited for any more. */
const STALL_MS = 5_000

type LogEvent = Extract<RunEvent, { readonly type: 'log' }>

/**
 * The events of one run. Every reader gets all of them from the beginning, except log lines: those go only to whoever
 * reads just then, because a log does not fit into memory. A reader that lags holds up whoever follows a log; one that
 * has not begun to read, or has stopped without leaving, loses log lines instead.
 */
export class EventStream {
  readonly #clock: Clock
  readonly #past: RunEvent[] = []
  readonly #readers: Set<EventReader> = new Set()
  /** What begins when somebody reads. */
  readonly #unread: Set<() => void> = new Set()
  #closed = false
  readonly #listeners: ((event: RecordedEvent) => void)[] = []

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#clock = clock
  }

  /** Hears of everything that happens from now on, at once, but for log lines. */
  listen(listener: (event: RecordedEvent) => void): void {
    this.#listeners.push(listener)
  }

  publish(event: RunEvent): void {
    if (event.type !== 'log') {
      this.#past.push(event)
      for (const listener of this.#listeners) listener(event)
    }
    for (const reader of this.#readers) reader.offer(event)
  }

  /**
   * Resolves when no reader lags too far behind, so that whoever reads a log waits for whoever shows it. `ended` aborts
   * when the log has: from then on, only readers that go on reading are waited for.
   */
  async publishLog(event: LogEvent, ended: AbortSignal): Promise<void> {
    this.publish(event)
    for (const reader of this.#readers) while (reader.lags) await this.#catchUp(reader, ended)
  }

  /**
   * Calls back as soon as somebody reads, which may be at once. Gives what takes that back. A callback and no promise:
   * thousands of attempts wait here, in most runs for nobody.
   */
  onceRead(begin: () => void): () => void {
    if (this.#isRead) begin()
    else this.#unread.add(begin)
    return () => void this.#unread.delete(begin)
  }

  close(): void {
    this.#closed = true
    for (const reader of this.#readers) reader.wake()
  }

  read(): AsyncIterableIterator<RunEvent> {
    const reader = new EventReader(this.#past)
    // Counted from now on, not from the first `next()`: nothing that happens meanwhile is missed.
    this.#readers.add(reader)
    return this.#drain(reader)
  }

  get #isRead(): boolean {
    return [...this.#readers].some((reader) => reader.reading)
  }

  async *#drain(reader: EventReader): AsyncGenerator<RunEvent> {
    try {
      while (true) {
        for (let event = this.#take(reader); event !== undefined; event = this.#take(reader)) yield event
        if (this.#closed) return
        await reader.more()
      }
    } finally {
      this.#readers.delete(reader)
      reader.giveUp()
    }
  }

  #take(reader: EventReader): RunEvent | undefined {
    const { reading } = reader
    const event = reader.take()
    if (!reading) {
      const waiting = [...this.#unread]
      this.#unread.clear()
      for (const begin of waiting) begin()
    }
    return event
  }

  async #catchUp(reader: EventReader, ended: AbortSignal): Promise<void> {
    if (!ended.aborted) return orAborted(reader.room(), ended)
    const { taken } = reader
    using late = timeout(this.#clock, STALL_MS)
    await Promise.race([reader.room(), late.promise])
    if (!reader.lags || reader.taken !== taken) return
    reader.giveUp()
    this.publish({
      type: 'warning',
      at: this.#clock.date().toISOString(),
      message: "a reader of the run's events has stopped reading: log lines are skipped for it",
    })
  }
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const abort = (): void => aborted.resolve()
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function timeout(clock: Clock, milliseconds: number): { readonly promise: Promise<void> } & Disposable {
  const over = new AbortController()
  const promise = clock.sleep(milliseconds, { signal: over.signal })
  // Nobody waits for it any more when it is disposed of.
  promise.catch(() => undefined)
  return { promise, [Symbol.dispose]: () => over.abort() }
}
