import { createHash, type Hash } from 'node:crypto'

import { crc32c } from '../objects/crc.ts'
import { sumToBase64 } from '../objects/hasher.ts'
import type { GcsHashes } from './hashes.ts'

/** Of bytes that arrive in many requests: some of them may have to be taken back. */
export class RunningHashes {
  readonly #md5: Hash
  #crc32c: number

  constructor(md5: Hash = createHash('md5'), sum: number = 0) {
    this.#md5 = md5
    this.#crc32c = sum
  }

  /** Goes on by itself. */
  copy(): RunningHashes {
    return new RunningHashes(this.#md5.copy(), this.#crc32c)
  }

  /** Hashes what goes through. */
  async *through(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.#md5.update(chunk)
      this.#crc32c = crc32c(chunk, this.#crc32c)
      yield chunk
    }
  }

  /** Of all until now. */
  get hashes(): GcsHashes {
    return { md5: this.#md5.copy().digest('base64'), crc32c: sumToBase64(this.#crc32c, 4) }
  }
}
