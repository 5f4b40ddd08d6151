import type { Readable } from 'node:stream'

/** Some of the bytes of an object. */
export interface ByteRange {
  /** The first one, from 0. */
  readonly start: number
  /** The last one; it belongs to them. */
  readonly end: number
}

/** Bytes that the store keeps, and what they hash to. They never change. */
export interface HashedBytes {
  /** In bytes. */
  readonly size: number
  /** Hexadecimal. */
  readonly md5: string
  /** Base64, of the four bytes, the highest first. */
  readonly crc32c: string
  /** Base64, of the four bytes, the highest first. */
  readonly crc32: string
  /** Base64. */
  readonly sha256: string
  /** Base64, of the eight bytes, the highest first. */
  readonly crc64nvme: string
  /** Its bytes, or some of them. Throws a `RangeError` for a range that it does not have. */
  open(range?: ByteRange): Readable
  /**
   * Resolves when `md5` and `sha256` are known. Of bytes that were joined of many parts they are found out by reading them all: by whom
   * asks first, and he blocks the process for as long where he did not wait for this before. The others are always known.
   */
  hash(): Promise<void>
}

/** A version of an object that a dialect has stored. It never changes, and can be read for ten minutes after it was replaced. */
export interface StoredVersion extends HashedBytes {
  readonly key: string
  /** Grows with each write of any object; about the microseconds since 1970. */
  readonly generation: number
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly createdAt: number
  /** What the dialect keeps with it: content type, user metadata, its ETag, blocks. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** What it was joined of, in its order, but for parts without bytes: each is good for another commit. */
  readonly parts: readonly HashedBytes[]
}

/** Bytes that arrived and are not an object yet: a part, a block, a resumable upload. Hashed on the way. */
export interface StagedBytes extends HashedBytes {
  /** Throws them away. What was used up by a commit stays. */
  discard(): Promise<void>
}

/** What a write asks of what is there: checked and written in one step. `undefined`: there is no such object. */
export type Precondition = (existing: StoredVersion | undefined) => void

/** The bucket was deleted while a request had it in its hands. */
export class BucketGoneError extends Error {
  override readonly name: string = 'BucketGoneError'
}

/** A bucket or container: objects on the disk, with what all three dialects need of them. One process, no locks. */
export interface Bucket {
  readonly name: string
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly createdAt: number
  /** True where there is no object now, whatever lists show. */
  readonly isEmpty: boolean
  /** `undefined`: there is none. */
  get(key: string): StoredVersion | undefined
  /** Takes in bytes, hashed while they arrive. Rejects with what they throw, and then keeps nothing of them. */
  stage(bytes: AsyncIterable<Uint8Array>): Promise<StagedBytes>
  /**
   * Makes an object of bytes, joined in their order, without copying them. Staged bytes are used up; a version, and a part of one, of any
   * bucket, is shared. Rejects with what the precondition throws, with a `BucketGoneError`, and with a `TypeError` for bytes that were used
   * up, thrown away or removed; then nothing has changed.
   */
  commit(
    key: string,
    parts: readonly HashedBytes[],
    metadata: Readonly<Record<string, unknown>>,
    precondition?: Precondition,
  ): Promise<StoredVersion>
  /** False: there was none. Throws what the precondition throws. */
  delete(key: string, precondition?: Precondition): boolean
  /** By key, in the order of their UTF-8 bytes; as a list may show them: as they all were `listDelayMs` ago, or `staleMs` if that is longer. */
  list(prefix: string, options?: { readonly staleMs?: number }): readonly StoredVersion[]
}

/** The buckets of a simulator. */
export interface ObjectStore {
  /** `undefined`: there is none. */
  bucket(name: string): Bucket | undefined
  /** Throws where it is there. */
  createBucket(name: string): Bucket
  /** False: there was none. The objects go with it. */
  deleteBucket(name: string): boolean
  /** By name, in the order of their UTF-8 bytes. */
  buckets(): readonly Bucket[]
  /** Removes all files. */
  close(): Promise<void>
}
