import { createHash, type Hash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'

import type { Digest } from './digest.ts'

/** What the bytes have to be. */
export interface Expectation {
  readonly digest: Digest
  /** Bytes, where it is known. */
  readonly size?: number
  /** Makes the error from what was found. */
  readonly error: (problem: string) => Error
}

/**
 * Passes bytes on and ends with an error where they are not those of the digest. The last chunk is held back until that is
 * clear, so whoever reads on the other side never has all of the wrong bytes.
 */
export class VerifyDigest extends Transform {
  readonly #expectation: Expectation
  readonly #hash: Hash = createHash('sha256')
  #last: Buffer | undefined
  #size = 0

  constructor(expectation: Expectation) {
    super()
    this.#expectation = expectation
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const { size, error } = this.#expectation
    this.#size += chunk.length
    if (size !== undefined && this.#size > size) {
      done(error(`there are more than ${size} bytes`))
      return
    }
    this.#hash.update(chunk)
    const before = this.#last
    this.#last = chunk
    done(undefined, before)
  }

  override _flush(done: TransformCallback): void {
    const { digest, size, error } = this.#expectation
    const found = `sha256:${this.#hash.digest('hex')}`
    if (size !== undefined && this.#size < size) done(error(`there are ${this.#size} bytes instead of ${size}`))
    else if (found !== digest) done(error(`the bytes have the digest ${found}`))
    else done(undefined, this.#last)
  }
}
