import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

import { crc32c, crc64nvme } from './crc.ts'

/** What bytes hash to, as numbers where they are sums. */
export interface Digests {
  readonly size: number
  /** Hexadecimal. */
  readonly md5: string
  /** Base64. */
  readonly sha256: string
  readonly crc32: number
  readonly crc32c: number
  readonly crc64nvme: bigint
}

/** Hashes bytes in all the ways that the dialects ask for, while they arrive. */
export class Hasher {
  readonly #md5 = createHash('md5')
  readonly #sha256 = createHash('sha256')
  #crc32 = 0
  #crc32c = 0
  #crc64nvme = 0n
  #size = 0

  update(bytes: Uint8Array): void {
    this.#size += bytes.length
    this.#md5.update(bytes)
    this.#sha256.update(bytes)
    this.#crc32 = crc32(bytes, this.#crc32)
    this.#crc32c = crc32c(bytes, this.#crc32c)
    this.#crc64nvme = crc64nvme(bytes, this.#crc64nvme)
  }

  /** Once, at the end. */
  digests(): Digests {
    return {
      size: this.#size,
      md5: this.#md5.digest('hex'),
      sha256: this.#sha256.digest('base64'),
      crc32: this.#crc32,
      crc32c: this.#crc32c,
      crc64nvme: this.#crc64nvme,
    }
  }
}

/** Base64 of a sum of this many bytes, the highest first. */
export function sumToBase64(sum: number | bigint, bytes: 4 | 8): string {
  return Buffer.from(sum.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64')
}
