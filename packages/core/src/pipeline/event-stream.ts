import type { RunEvent } from './run-events.ts'

/** A reader that lags by more than this many events holds the log's followers up. */
const LAG = 1_000

type LogEvent = Extract<RunEvent, { readonly type: 'log' }>

interface Reader {
  readonly queue: RunEvent[]
  wake: PromiseWithResolvers<void>
  drained: PromiseWithResolvers<void>
}

/**
 * The events of one run. Every reader gets all of them from the beginning, except log lines: those go only to whoever
 * reads just then, because a log does not fit into memory.
 */
export class EventStream {
  readonly #past: RunEvent[] = []
  readonly #readers: Set<Reader> = new Set()
  #closed = false

  get hasReaders(): boolean {
    return this.#readers.size > 0
  }

  publish(event: RunEvent): void {
    if (event.type !== 'log') this.#past.push(event)
    for (const reader of this.#readers) {
      reader.queue.push(event)
      reader.wake.resolve()
    }
  }

  /** Resolves when no reader lags too far behind, so that whoever reads a log waits for whoever shows it. */
  async publishLog(event: LogEvent): Promise<void> {
    this.publish(event)
    for (const reader of this.#readers) {
      if (reader.queue.length <= LAG) continue
      reader.drained = Promise.withResolvers()
      await reader.drained.promise
    }
  }

  close(): void {
    this.#closed = true
    for (const reader of this.#readers) reader.wake.resolve()
  }

  read(): AsyncIterableIterator<RunEvent> {
    const reader: Reader = { queue: [...this.#past], wake: Promise.withResolvers(), drained: Promise.withResolvers() }
    // Counted from now on, not from the first `next()`: nothing that happens meanwhile is missed.
    this.#readers.add(reader)
    return this.#drain(reader)
  }

  async *#drain(reader: Reader): AsyncGenerator<RunEvent> {
    try {
      while (true) {
        for (let event = reader.queue.shift(); event !== undefined; event = reader.queue.shift()) {
          if (reader.queue.length <= LAG / 2) reader.drained.resolve()
          yield event
        }
        if (this.#closed) return
        await reader.wake.promise
        reader.wake = Promise.withResolvers()
      }
    } finally {
      this.#readers.delete(reader)
      reader.drained.resolve()
    }
  }
}
