import type { ByteRange } from '../objects/object-store.ts'
import { invalid } from './gcs-error.ts'

/**
 * The bytes that a download asks for. `undefined`: all, where the header is absent or is not one range that can be read, as HTTP wants it;
 * `unsatisfiable`: there are none of them.
 */
export function readDownloadRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const [start, end] = [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)]
  if (last !== '' && Number(last) < start) return undefined
  return start < size ? { start, end } : 'unsatisfiable'
}

/** What a request to a resumable upload says of its bytes. */
export interface UploadRange {
  /** The place of its first byte. `undefined`: it has none, and asks for the state or says the size. */
  readonly start: number | undefined
  /** The place of its last byte. `undefined`: as many as come. */
  readonly end: number | undefined
  /** Of the whole object. `undefined`: not known yet. */
  readonly total: number | undefined
}

/**
 * Reads a `Content-Range`: `bytes 0-524287/2000000`, `bytes 0-524287/*`, `bytes 0-*\/*`, `bytes *\/2000000`, `bytes *\/*`. Absent: from the first
 * byte on. `bytes 0--1/0` is how the SDK for Node.js says that there are none. Throws a 400 for anything else.
 */
export function readUploadRange(header: string | undefined): UploadRange {
  if (header === undefined) return { start: 0, end: undefined, total: undefined }
  const found = /^bytes (?:(\d+)-(\d+|\*)|(\*|0--1))\/(\d+|\*)$/.exec(header)
  const [, first, last, none, size] = found ?? []
  const total = size === '*' || size === undefined ? undefined : Number(size)
  const start = first === undefined ? undefined : Number(first)
  const end = last === undefined || last === '*' ? undefined : Number(last)
  const isGood =
    found !== null &&
    (none !== '0--1' || total === 0) &&
    (start === undefined || end === undefined || end >= start) &&
    (end === undefined || total === undefined || end < total) &&
    (start === undefined || total === undefined || start <= total)
  if (!isGood) throw invalid(`Invalid Content-Range: ${header}`)
  return { start, end, total }
}
