import { Transform, type TransformCallback } from 'node:stream'

const MAGIC = 0xfd2fb528
/** The lowest of sixteen: frames that hold no content, as those of zstd:chunked. */
const SKIPPABLE_MAGIC = 0x184d2a50
/** Bytes of a magic number, of a skippable frame's length and of a checksum. */
const WORD = 4
const BLOCK_HEADER = 3

/**
 * Cuts what comes where zstd frames end (RFC 8878 §3.1), so that no chunk holds bytes of two. Layers are often several
 * frames, and Node.js' decompressor takes the rest of a chunk behind a frame for garbage: it ends there, without an error.
 * What is no frame is passed on as it is, for the decompressor to refuse.
 */
export class ZstdFrames extends Transform {
  /** The beginning of a header that has not come whole. */
  #header: Buffer = Buffer.alloc(0)
  /** Bytes of what the last header announced. */
  #left = 0
  #next: 'frame' | 'block' | 'end' | 'unknown' = 'frame'
  #hasChecksum = false

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let from = 0
    for (let at = 0; at < chunk.length;) {
      if (this.#next === 'unknown') break
      if (this.#left > 0) {
        const count = Math.min(this.#left, chunk.length - at)
        this.#left -= count
        at += count
      } else at += this.#readHeader(chunk, at)
      if (this.#left > 0 || this.#next !== 'end') continue
      this.push(chunk.subarray(from, at))
      from = at
      this.#next = 'frame'
    }
    if (from < chunk.length) this.push(chunk.subarray(from))
    done()
  }

  /** How many bytes of the chunk belong to the header. */
  #readHeader(chunk: Buffer, at: number): number {
    const header = Buffer.concat([this.#header, chunk.subarray(at, at + LONGEST_HEADER - this.#header.length)])
    const length = this.#next === 'frame' ? this.#frame(header) : this.#block(header)
    const used = (length ?? header.length) - this.#header.length
    this.#header = length === undefined ? header : Buffer.alloc(0)
    return used
  }

  #frame(header: Buffer): number | undefined {
    if (header.length < WORD) return undefined
    const magic = header.readUInt32LE(0)
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      if (header.length < 2 * WORD) return undefined
      this.#next = 'end'
      this.#left = header.readUInt32LE(WORD)
      return 2 * WORD
    }
    if (magic !== MAGIC) {
      this.#next = 'unknown'
      return header.length
    }
    const descriptor = header[WORD]
    if (descriptor === undefined) return undefined
    const isSingleSegment = (descriptor & 0x20) !== 0
    const windowBytes = isSingleSegment ? 0 : 1
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0
    const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
    const length = WORD + 1 + windowBytes + dictionaryBytes + sizeBytes
    if (header.length < length) return undefined
    this.#hasChecksum = (descriptor & 4) !== 0
    this.#next = 'block'
    return length
  }

  #block(header: Buffer): number | undefined {
    if (header.length < BLOCK_HEADER) return undefined
    const block = header.readUIntLE(0, BLOCK_HEADER)
    const isLast = (block & 1) === 1
    // Of the type that repeats one byte, that one byte is there.
    this.#left = ((block >> 1) & 3) === 1 ? 1 : block >> 3
    if (isLast && this.#hasChecksum) this.#left += WORD
    if (isLast) this.#next = 'end'
    return BLOCK_HEADER
  }
}

/** Of a frame: magic number, descriptor, window, dictionary and size. */
const LONGEST_HEADER = WORD + 1 + 1 + 4 + 8
