import type { ProviderLogPage } from '@sidestep/core'

/** Of the lines of one page together, in bytes. */
const PAGE_SIZE = 64 * 1024
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/
const LINE_END = 0x0a

/** Where a reader of a container's log stands. Of its lines, those were given out whose last part was seen. */
interface LogPlace {
  /** Of the oldest part that is needed again, as {@link timeOf} has it: parts that are older were seen. */
  readonly from: string
  /** Of the newest part that was seen. */
  readonly to: string
  /** How many parts of this time and later were seen. */
  readonly parts: number
  /** Whether a line without an end was given out, too: nothing follows it. */
  readonly whole: boolean
}

export interface LogPageOptions {
  /** Whether nothing will be written any more: a line that has no end by then is given out. */
  readonly ended: boolean
  /** In bytes of lines. Default: 64 KiB. */
  readonly pageSize?: number
}

/** What goes into `since`, in seconds: engines differ in smaller parts of it, and what was seen is left out here. */
export function sinceOf(cursor: string | undefined): string {
  const place = readCursor(cursor)
  return place === undefined ? '0' : (place.from.split('.')[0] ?? '0')
}

/**
 * A page of a log as the engine streams it: frames of a header of eight bytes (stream, zeros, length) and a line, or a part of
 * one, that begins with its time. All parts of a line may have the time of its first one, so times go back now and then; the
 * order of what was seen does not change. Pure but for reading.
 */
export async function readLogPage(
  stream: AsyncIterable<Uint8Array>,
  cursor: string | undefined,
  { ended, pageSize = PAGE_SIZE }: LogPageOptions,
): Promise<ProviderLogPage> {
  const place = readCursor(cursor)
  const lines: string[] = []
  const seen: string[] = []
  const open = new Map<number, OpenLine>()
  let size = 0
  let time = ''
  let isOld = place !== undefined
  const give = (line: OpenLine): void => {
    const text = textOf(line)
    lines.push(text)
    size += Buffer.byteLength(text) + 1
  }
  for await (const { source, payload } of framesOf(stream)) {
    const stamp = STAMP.exec(payload.subarray(0, 64).toString('latin1'))
    time = stamp?.[1] === undefined ? time : timeOf(stamp[1])
    if (place !== undefined && time < place.from) continue
    if (isOld && place !== undefined && (seen.length === place.parts || time > place.to)) {
      isOld = false
      if (place.whole) open.clear()
    }
    if (!isOld && size >= pageSize) return { lines, cursor: cursorOf(seen, open, place), more: true }
    seen.push(time)
    const text = payload.subarray(stamp?.[0].length ?? 0)
    const line = open.get(source) ?? { time, parts: [] }
    line.parts.push(text)
    open.set(source, line)
    if (text.at(-1) !== LINE_END) continue
    open.delete(source)
    if (!isOld) give(line)
  }
  if (isOld && place?.whole === true) open.clear()
  if (!ended) return { lines, cursor: cursorOf(seen, open, place), more: false }
  for (const line of open.values()) give(line)
  const whole = open.size > 0 || (isOld && place?.whole === true)
  return { lines, cursor: cursorOf(seen, new Map(), place, whole), more: false }
}

/** A line whose end was not seen. */
interface OpenLine {
  /** Of its first part. */
  readonly time: string
  readonly parts: Buffer[]
}

/** Seconds since 1970 and nine digits behind the point, in UTC. Their order as texts is that of the times. */
function timeOf(stamp: string): string {
  const nanoseconds = /\.(\d+)/.exec(stamp)?.[1] ?? ''
  return `${Math.floor(Date.parse(stamp) / 1_000)}.${nanoseconds.padEnd(9, '0').slice(0, 9)}`
}

function cursorOf(
  seen: readonly string[],
  open: ReadonlyMap<number, OpenLine>,
  before: LogPlace | undefined,
  whole: boolean = false,
): string {
  const to = seen.reduce((newest, time) => (time > newest ? time : newest), before?.to ?? '')
  if (to === '') return ''
  const from = [...open.values()].reduce((oldest, { time }) => (time < oldest ? time : oldest), to)
  const parts = seen.filter((time) => time >= from).length
  return [from, to, parts, ...(whole ? ['whole'] : [])].join(' ')
}

function readCursor(cursor: string | undefined): LogPlace | undefined {
  const [from, to, parts, whole] = cursor?.split(' ') ?? []
  if (from === undefined || to === undefined || parts === undefined) return undefined
  return { from, to, parts: Number(parts), whole: whole !== undefined }
}

function textOf({ parts }: OpenLine): string {
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
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
