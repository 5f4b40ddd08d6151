import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'

/** Bytes that do not change any more: in memory, or in a file where there are many. */
export class StoredContent {
  /** Bytes. */
  readonly size: number
  readonly #where: Uint8Array | string

  /** `where`: the bytes, or the path of a file of this many bytes. */
  constructor(where: Uint8Array | string, size: number) {
    this.#where = where
    this.size = size
  }

  /** From `start` to `end`, which belongs to it: as HTTP counts. */
  read(start: number, end: number): Readable {
    if (end < start) return Readable.from([])
    if (typeof this.#where === 'string') return createReadStream(this.#where, { start, end, highWaterMark: 256 * 1024 })
    return Readable.from([this.#where.subarray(start, end + 1)])
  }

  /** Removes the file, where there is one: nobody reads it any more. */
  async discard(): Promise<void> {
    if (typeof this.#where === 'string') await rm(this.#where, { force: true })
  }
}
