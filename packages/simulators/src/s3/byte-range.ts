import type { ByteRange } from '../objects/object-store.ts'
import { invalidArgument, S3Error } from './s3-error.ts'

/**
 * The bytes that a `Range` header asks for. `undefined`: all of them, also for a header that S3 does not read: another unit, several
 * ranges, an end before the start. Throws `InvalidRange` where there are none.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (header === undefined || (first === '' && last === '')) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  if (first !== '' && last !== '' && Number(last) < start) return undefined
  if (start >= size) {
    throw new S3Error('InvalidRange', {
      details: [
        ['RangeRequested', header],
        ['ActualObjectSize', size],
      ],
    })
  }
  return { start, end: first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

/** The bytes that `x-amz-copy-source-range` asks for: both ends, within the object. Throws `InvalidArgument`, and `InvalidRange`. */
export function copyRangeOf(header: string, size: number): ByteRange {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? []
  if (start === undefined || end === undefined || Number(end) < Number(start)) {
    throw invalidArgument(
      'x-amz-copy-source-range',
      header,
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    )
  }
  if (Number(end) >= size) {
    throw invalidArgument(
      'x-amz-copy-source-range',
      header,
      `Range specified is not valid for source object of size: ${size}`,
    )
  }
  return { start: Number(start), end: Number(end) }
}
