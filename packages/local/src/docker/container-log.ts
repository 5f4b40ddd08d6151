import type { ProviderLogPage } from '@sidestep/core'

/** Of the lines of one page together, in bytes. */
const PAGE_SIZE = 64 * 1024
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/

/** Where a reader of a container's log stands. */
export interface LogPlace {
  /** Of the newest line that was given out, as the engine wrote it. */
  readonly stamp: string
  /** How many lines of exactly that time were given out. */
  readonly lines: number
}

/** What goes into `since`: seconds and nanoseconds, and whatever was said at that very time is said again. */
export function sinceOf(place: LogPlace | undefined): string {
  if (place === undefined) return '0'
  const nanoseconds = /\.(\d+)/.exec(place.stamp)?.[1] ?? ''
  return `${Math.floor(Date.parse(place.stamp) / 1_000)}.${nanoseconds.padEnd(9, '0').slice(0, 9)}`
}

export function readCursor(cursor: string | undefined): LogPlace | undefined {
  const [stamp, lines] = cursor?.split(' ') ?? []
  return stamp === undefined || stamp === '' ? undefined : { stamp, lines: Number(lines ?? 0) }
}

/**
 * A page of a log as the engine streams it: frames of a header of eight bytes (stream, zeros, length) and a line, or a part of
 * one, that begins with its time. Pure but for reading.
 */
export async function readLogPage(
  stream: AsyncIterable<Uint8Array>,
  cursor: string | undefined,
  pageSize: number = PAGE_SIZE,
): Promise<ProviderLogPage> {
  const from = readCursor(cursor)
  const lines: string[] = []
  let place = from
  let size = 0
  let skip = from?.lines ?? 0
  for await (const { stamp, text } of linesOf(stream)) {
    if (from !== undefined && stamp === from.stamp && skip > 0) {
      skip -= 1
      continue
    }
    if (size >= pageSize) return { lines, cursor: cursorOf(place), more: true }
    lines.push(text)
    size += Buffer.byteLength(text) + 1
    place = { stamp, lines: place?.stamp === stamp ? place.lines + 1 : 1 }
  }
  return { lines, cursor: cursorOf(place), more: false }
}

function cursorOf(place: LogPlace | undefined): string {
  return place === undefined ? '' : `${place.stamp} ${place.lines}`
}

interface StampedLine {
  readonly stamp: string
  readonly text: string
}

/** The engine cuts long lines into frames; a stream's frames without a line end belong to what follows. */
async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<StampedLine> {
  const open = new Map<number, { stamp: string; parts: Buffer[] }>()
  for await (const { source, payload } of framesOf(stream)) {
    const stamp = STAMP.exec(payload.subarray(0, 64).toString('latin1'))
    const text = payload.subarray(stamp?.[0].length ?? 0)
    const line = open.get(source) ?? { stamp: stamp?.[1] ?? '', parts: [] }
    line.parts.push(text)
    open.set(source, line)
    if (text.at(-1) !== 0x0a) continue
    open.delete(source)
    yield lineOf(line)
  }
  for (const line of open.values()) yield lineOf(line)
}

function lineOf({ stamp, parts }: { readonly stamp: string; readonly parts: readonly Buffer[] }): StampedLine {
  return {
    stamp,
    text: Buffer.concat(parts)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  }
}

async function* framesOf(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly source: number; readonly payload: Buffer }> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(4)) {
      const end = 8 + rest.readUInt32BE(4)
      yield { source: rest[0] ?? 0, payload: rest.subarray(8, end) }
      rest = rest.subarray(end)
    }
  }
}
