import { createHash, type Hash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'

import { CRC32_POLYNOMIAL, CRC32C_POLYNOMIAL, CRC64NVME_POLYNOMIAL } from './crc.ts'
import type { DataFile } from './data-file.ts'
import { sumToBase64, type Digests } from './hasher.ts'
import { JoinedCrc } from './joined-crc.ts'
import type { ByteRange, HashedBytes } from './object-store.ts'

const READ_BYTES = 256 * 1024
const EMPTY: Pick<Digests, 'md5' | 'sha256'> = {
  md5: createHash('md5').digest('hex'),
  sha256: createHash('sha256').digest('base64'),
}

/** Bytes in files that were joined. */
export class StoredBytes implements HashedBytes {
  readonly size: number
  readonly #files: readonly DataFile[]
  #digests: Pick<Digests, 'md5' | 'sha256'> | undefined

  constructor(files: readonly DataFile[]) {
    this.#files = files
    this.size = files.reduce((sum, { digests }) => sum + digests.size, 0)
    this.#digests = files.length === 0 ? EMPTY : files.length === 1 ? files[0]?.digests : undefined
  }

  get files(): readonly DataFile[] {
    return this.#files
  }

  get md5(): string {
    return this.#hashes().md5
  }

  get sha256(): string {
    return this.#hashes().sha256
  }

  get crc32(): string {
    return sumToBase64(this.#sum('crc32', new JoinedCrc(CRC32_POLYNOMIAL, 32)), 4)
  }

  get crc32c(): string {
    return sumToBase64(this.#sum('crc32c', new JoinedCrc(CRC32C_POLYNOMIAL, 32)), 4)
  }

  get crc64nvme(): string {
    return sumToBase64(this.#sum('crc64nvme', new JoinedCrc(CRC64NVME_POLYNOMIAL, 64)), 8)
  }

  open({ start, end }: ByteRange = { start: 0, end: this.size - 1 }): Readable {
    if (this.size === 0 && start === 0 && end === -1) return Readable.from([])
    if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end < this.size)) {
      throw new RangeError(`there are ${this.size} bytes: none from ${start} to ${end}`)
    }
    const pieces = this.#pieces(start, end)
    for (const { file } of pieces) file.hold()
    const stream = Readable.from(read(pieces), { objectMode: false, highWaterMark: READ_BYTES })
    // Comes once, read to the end or not.
    stream.once('close', () => {
      for (const { file } of pieces) file.release()
    })
    return stream
  }

  async hash(): Promise<void> {
    if (this.#digests !== undefined) return
    const hashes = new TwoHashes()
    for await (const chunk of this.open() as AsyncIterable<Uint8Array>) hashes.update(chunk)
    this.#digests = hashes.digests()
  }

  #hashes(): Pick<Digests, 'md5' | 'sha256'> {
    if (this.#digests !== undefined) return this.#digests
    const hashes = new TwoHashes()
    for (const { path } of this.#files) readAtOnce(path, (chunk) => hashes.update(chunk))
    this.#digests = hashes.digests()
    return this.#digests
  }

  #sum(name: 'crc32' | 'crc32c' | 'crc64nvme', joined: JoinedCrc): bigint {
    return this.#files.reduce((sum, { digests }) => joined.join(sum, BigInt(digests[name]), digests.size), 0n)
  }

  #pieces(start: number, end: number): readonly (ByteRange & { readonly file: DataFile })[] {
    const pieces: (ByteRange & { readonly file: DataFile })[] = []
    let before = 0
    for (const file of this.#files) {
      const { size } = file.digests
      const [first, last] = [Math.max(0, start - before), Math.min(size - 1, end - before)]
      if (first <= last) pieces.push({ file, start: first, end: last })
      before += size
    }
    return pieces
  }
}

async function* read(pieces: readonly (ByteRange & { readonly file: DataFile })[]): AsyncGenerator<Uint8Array> {
  for (const { file, start, end } of pieces) {
    yield* createReadStream(file.path, { start, end, highWaterMark: READ_BYTES }) as AsyncIterable<Uint8Array>
  }
}

function readAtOnce(path: string, take: (chunk: Uint8Array) => void): void {
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  const file = openSync(path, 'r')
  try {
    for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) take(buffer.subarray(0, size))
  } finally {
    closeSync(file)
  }
}

class TwoHashes {
  readonly #md5: Hash = createHash('md5')
  readonly #sha256: Hash = createHash('sha256')

  update(chunk: Uint8Array): void {
    this.#md5.update(chunk)
    this.#sha256.update(chunk)
  }

  digests(): Pick<Digests, 'md5' | 'sha256'> {
    return { md5: this.#md5.digest('hex'), sha256: this.#sha256.digest('base64') }
  }
}
