import type { Readable } from 'node:stream'

/** A version of an object that a dialect has stored. It never changes. */
export interface StoredVersion {
  readonly key: string
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
  /** Grows with each write of any object. */
  readonly generation: number
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly createdAt: number
  /** What the dialect keeps with it: content type, user metadata, its ETag, blocks. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** Its bytes, or some of them: `end` is the last one. */
  open(range?: { readonly start: number; readonly end: number }): Readable
}

/** Bytes that arrived and are not an object yet: a part, a block, a resumable upload. Hashed on the way. */
export interface StagedBytes {
  readonly size: number
  readonly md5: string
  readonly crc32c: string
  readonly crc32: string
  readonly sha256: string
  readonly crc64nvme: string
  open(): Readable
  /** Throws them away. */
  discard(): Promise<void>
}

/** What a write asks of what is there: checked and written in one step. `undefined`: there is no such object. */
export type Precondition = (existing: StoredVersion | undefined) => void

/** A bucket or container: objects on the disk, with what all three dialects need of them. One process, no locks. */
export interface Bucket {
  readonly name: string
  readonly createdAt: number
  /** `undefined`: there is none. */
  get(key: string): StoredVersion | undefined
  /** Takes in bytes, hashed while they arrive. */
  stage(bytes: AsyncIterable<Uint8Array>): Promise<StagedBytes>
  /** Makes an object of staged bytes, joined in their order; they are used up. Throws what the precondition throws, and then changes nothing. */
  commit(
    key: string,
    parts: readonly StagedBytes[],
    metadata: Readonly<Record<string, unknown>>,
    precondition?: Precondition,
  ): Promise<StoredVersion>
  /** False: there was none. Throws what the precondition throws. */
  delete(key: string, precondition?: Precondition): boolean
  /** By key, in the order of their UTF-8 bytes; as a list may show them (`listDelayMs`). */
  list(prefix: string): readonly StoredVersion[]
}

/** The buckets of a simulator. */
export interface ObjectStore {
  /** `undefined`: there is none. */
  bucket(name: string): Bucket | undefined
  /** Throws where it is there. */
  createBucket(name: string): Bucket
  /** False: there was none. The objects go with it. */
  deleteBucket(name: string): boolean
  /** By name. */
  buckets(): readonly Bucket[]
}
