import type { Exchange } from '../ground/exchange.ts'
import type { ByteRange } from '../objects/object-store.ts'
import { BlobError, headerError } from './blob-error.ts'

const RANGE = /^bytes=(\d+)-(\d*)$/

/**
 * Which bytes a request wants of so many: `x-ms-range` before `Range`. `undefined`: all. Only the forms that the service documents:
 * no suffix, no list. Throws a `BlobError` for others, and for a range that begins after the end.
 */
export function byteRangeOf(exchange: Exchange, size: number): ByteRange | undefined {
  const name = exchange.header('x-ms-range') === undefined ? 'Range' : 'x-ms-range'
  const value = exchange.header(name)
  if (value === undefined) return undefined
  const [matched, first = '', last = ''] = RANGE.exec(value) ?? []
  const start = Number(first)
  const end = last === '' ? Infinity : Number(last)
  if (matched === undefined || end < start) throw headerError(name, value)
  if (start >= size) throw new BlobError('InvalidRange', { headers: { 'Content-Range': `bytes */${size}` } })
  return { start, end: Math.min(end, size - 1) }
}
