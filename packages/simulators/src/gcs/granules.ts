import { CutError } from '../ground/exchange.ts'

/** What a resumable upload keeps of a request that does not finish it is a multiple of this many bytes. */
export const GRANULE_BYTES: number = 256 * 1024

/** The bytes of a request to a resumable upload, on their way to the disk. */
export class Granules {
  readonly #body: AsyncIterable<Uint8Array>
  readonly #skip: number
  readonly #isLast: (received: number) => boolean
  #received = 0
  #cut: CutError | undefined

  /**
   * `skip`: so many bytes are there already and are not taken again. `isLast`: whether a body of so many bytes, with those that are
   * skipped, ends the upload.
   */
  constructor(body: AsyncIterable<Uint8Array>, skip: number, isLast: (received: number) => boolean) {
    this.#body = body
    this.#skip = skip
    this.#isLast = isLast
  }

  /** Bytes that have come, with those that were skipped. */
  get received(): number {
    return this.#received
  }

  /** Set where the connection was cut before the body's end. */
  get cut(): CutError | undefined {
    return this.#cut
  }

  /** What is to be kept: whole granules, and what is left after them where the upload ends with this body. */
  async *kept(): AsyncGenerator<Uint8Array> {
    let held: Uint8Array[] = []
    let size = 0
    for await (const chunk of this.#chunks()) {
      held.push(chunk)
      size += chunk.length
      if (size < GRANULE_BYTES) continue
      const bytes = Buffer.concat(held)
      const whole = size - (size % GRANULE_BYTES)
      yield bytes.subarray(0, whole)
      held = [bytes.subarray(whole)]
      size -= whole
    }
    if (this.#cut === undefined && this.#isLast(this.#received)) yield* held
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#body) {
        const start = Math.max(0, this.#skip - this.#received)
        this.#received += chunk.length
        if (start < chunk.length) yield chunk.subarray(start)
      }
    } catch (error) {
      if (!(error instanceof CutError)) throw error
      this.#cut = error
    }
  }
}
