import { createHash } from 'node:crypto'

import type { Clock } from '../ground/clock.ts'

/**
 * An event took 256 KiB at most, 26 bytes of them for itself, and takes 1 MB since 2025. Where SageMaker cuts a line is not documented: who
 * reads a log has to bear either.
 */
const MAX_MESSAGE_BYTES = 256 * 1024 - 26

/** A line of a log. Its times are in milliseconds since 1970. */
export interface LogEvent {
  /** Of all events of the store, in the order in which they came. */
  readonly number: number
  readonly stream: string
  /** When it happened. */
  readonly timestamp: number
  /** From when on it is read. */
  readonly ingestionTime: number
  readonly message: string
  readonly eventId: string
}

/** A stream, with its events by `timestamp` and then in the order in which they came. */
export interface LogStream {
  readonly name: string
  readonly createdAt: number
  readonly events: readonly LogEvent[]
}

/** A group. It is there from its first event on. */
export interface LogGroup {
  readonly name: string
  readonly region: string
  readonly createdAt: number
  readonly streams: ReadonlyMap<string, LogStream>
}

interface OpenGroup extends LogGroup {
  readonly streams: Map<string, LogStream & { readonly events: LogEvent[] }>
}

/** The logs of a simulated account, in all its regions. */
export class LogStore {
  readonly #clock: Clock
  readonly #delayMs: number
  readonly #groups = new Map<string, OpenGroup>()
  #count = 0

  /** `delayMs`: how long after it happened an event is read. */
  constructor({ clock, delayMs = 0 }: { readonly clock: Clock; readonly delayMs?: number }) {
    this.#clock = clock
    this.#delayMs = delayMs
  }

  /**
   * Adds a line that is printed now. An empty one is lost, since no event can be empty; one that is too long becomes several events of the same
   * millisecond.
   */
  append(region: string, groupName: string, streamName: string, line: string): void {
    for (const message of parts(line)) this.#append(region, groupName, streamName, message)
  }

  /** As it can be read now. `undefined`: nothing of it can. */
  group(region: string, name: string): LogGroup | undefined {
    return this.groups(region).find((group) => group.name === name)
  }

  /** Those of a region of which something can be read, in the order of their names. */
  groups(region: string): readonly LogGroup[] {
    const now = this.#clock.now()
    return [...this.#groups.values()]
      .filter((group) => group.region === region && group.createdAt <= now)
      .toSorted((left, right) => (left.name < right.name ? -1 : 1))
      .map((group) => ({ ...group, streams: readable(group.streams, now) }))
  }

  #append(region: string, groupName: string, streamName: string, message: string): void {
    const timestamp = Math.floor(this.#clock.now())
    const ingestionTime = timestamp + this.#delayMs
    const key = `${region} ${groupName}`
    const group = this.#groups.get(key) ?? { name: groupName, region, createdAt: ingestionTime, streams: new Map() }
    this.#groups.set(key, group)
    const stream = group.streams.get(streamName) ?? { name: streamName, createdAt: ingestionTime, events: [] }
    group.streams.set(streamName, stream)
    // A machine's clock may be set back: what came last stays the last.
    const last = stream.events.at(-1)
    const number = this.#count
    this.#count += 1
    stream.events.push({
      number,
      stream: streamName,
      timestamp: Math.max(timestamp, last?.timestamp ?? 0),
      ingestionTime: Math.max(ingestionTime, last?.ingestionTime ?? 0),
      message,
      eventId: eventIdOf(timestamp, `${key} ${streamName} ${number}`),
    })
  }
}

function readable(streams: ReadonlyMap<string, LogStream>, now: number): ReadonlyMap<string, LogStream> {
  const found = new Map<string, LogStream>()
  for (const [name, stream] of streams) {
    if (stream.createdAt > now) continue
    const hidden = stream.events.findIndex(({ ingestionTime }) => ingestionTime > now)
    found.set(name, hidden === -1 ? stream : { ...stream, events: stream.events.slice(0, hidden) })
  }
  return found
}

/** 56 digits, as the service's. */
function eventIdOf(timestamp: number, seed: string): string {
  const digest = createHash('sha256').update(seed).digest('hex').slice(0, 32)
  return `${BigInt(timestamp)}${BigInt(`0x${digest}`).toString().padStart(43, '0')}`.padStart(56, '3')
}

/** A line in pieces that fit, cut between characters. */
function* parts(line: string): Generator<string> {
  let rest = line
  while (Buffer.byteLength(rest) > MAX_MESSAGE_BYTES) {
    // No character takes more than three bytes for each of its units.
    let length = Math.floor(MAX_MESSAGE_BYTES / 3)
    if (!rest.slice(0, length).isWellFormed()) length -= 1
    yield rest.slice(0, length)
    rest = rest.slice(length)
  }
  if (rest !== '') yield rest
}
