import type { RunEvent } from './run-events.ts'

/** So many events a reader may lag behind. */
const LAG = 1_000

/** What one reader of a run's events has not yet taken. */
export class EventReader {
  readonly #queue: RunEvent[]
  #wake: PromiseWithResolvers<void> = Promise.withResolvers()
  #room: PromiseWithResolvers<void> | undefined
  #reading = false
  #taken = 0

  constructor(past: readonly RunEvent[]) {
    this.#queue = [...past]
  }

  /** Whether it takes events: not before its first, and not any more after {@link giveUp}. */
  get reading(): boolean {
    return this.#reading
  }

  /** Whether it reads, and has so much before it that whoever follows a log should wait. */
  get lags(): boolean {
    return this.#reading && this.#queue.length > LAG
  }

  /** How many events it has taken. */
  get taken(): number {
    return this.#taken
  }

  /** A log line is lost on a reader that does not read and has enough before it: a log does not fit into memory. */
  offer(event: RunEvent): void {
    if (event.type === 'log' && !this.#reading && this.#queue.length > LAG) return
    this.#queue.push(event)
    this.wake()
  }

  /** The next event, where there is one. */
  take(): RunEvent | undefined {
    this.#reading = true
    this.#taken += 1
    const event = this.#queue.shift()
    if (this.#queue.length <= LAG / 2) this.#makeRoom()
    return event
  }

  /** Resolves when the reader has caught up or left. */
  async room(): Promise<void> {
    if (!this.lags) return
    this.#room ??= Promise.withResolvers()
    await this.#room.promise
  }

  /** Resolves when there may be something to take. */
  async more(): Promise<void> {
    await this.#wake.promise
    this.#wake = Promise.withResolvers()
  }

  wake(): void {
    this.#wake.resolve()
  }

  /** It has left, or stopped reading: nobody waits for it, until it takes an event again. */
  giveUp(): void {
    this.#reading = false
    this.#makeRoom()
  }

  #makeRoom(): void {
    this.#room?.resolve()
    this.#room = undefined
  }
}
