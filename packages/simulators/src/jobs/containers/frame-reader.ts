const HEADER_BYTES = 8
const STREAMS: Readonly<Record<number, 'stdout' | 'stderr'>> = { 1: 'stdout', 2: 'stderr' }

/** Takes apart what an engine sends of a container's output: frames of a header of eight bytes (stream, zeros, length) and bytes. */
export class FrameReader {
  readonly #onBytes: (bytes: Buffer, stream: 'stdout' | 'stderr') => void
  #header: Buffer = Buffer.alloc(0)
  #left = 0
  #stream: 'stdout' | 'stderr' = 'stdout'

  /** Is told the bytes of frames as they come: those of one frame may come in parts. */
  constructor(onBytes: (bytes: Buffer, stream: 'stdout' | 'stderr') => void) {
    this.#onBytes = onBytes
  }

  /** More of what the engine sends. Throws where that is no frame. */
  write(piece: Buffer): void {
    for (let rest = piece; rest.length > 0;) {
      if (this.#left > 0) {
        const bytes = rest.subarray(0, this.#left)
        this.#left -= bytes.length
        rest = rest.subarray(bytes.length)
        this.#onBytes(bytes, this.#stream)
        continue
      }
      const missing = HEADER_BYTES - this.#header.length
      this.#header = Buffer.concat([this.#header, rest.subarray(0, missing)])
      rest = rest.subarray(missing)
      if (this.#header.length === HEADER_BYTES) this.#begin()
    }
  }

  #begin(): void {
    const stream = STREAMS[this.#header.readUInt8(0)]
    if (stream === undefined) throw new Error('the engine sends the output of a container in a form that is not known')
    this.#stream = stream
    this.#left = this.#header.readUInt32BE(4)
    this.#header = Buffer.alloc(0)
  }
}
