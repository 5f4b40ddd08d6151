import { createHash } from 'node:crypto'
import { ReadableStream } from 'node:stream/web'

/** What went through a stream. */
export interface StreamTotals {
  /** Lower-case hex. */
  readonly sha256: string
  /** In bytes. */
  readonly size: number
}

/** Passes chunks on and counts and hashes them: `totals()` is right once the stream has ended. */
export class MeasuredStream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>
  readonly #hash = createHash('sha256')
  #size = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.#hash.update(chunk)
      this.#size += chunk.byteLength
      yield chunk
    }
  }

  /** Can be called once. */
  totals(): StreamTotals {
    return { sha256: this.#hash.digest('hex'), size: this.#size }
  }
}

/** Reads a stream to its end for its totals alone. */
export async function measure(source: AsyncIterable<Uint8Array>): Promise<StreamTotals> {
  const measured = new MeasuredStream(source)
  for await (const chunk of measured) void chunk
  return measured.totals()
}

/** As a web stream, which reads the source no faster than it is read itself. */
export function webStream(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  return ReadableStream.from(source)
}

/** The whole stream in memory. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}
