import type { Clock } from '../ground/clock.ts'
import {
  BucketGoneError,
  type Bucket,
  type HashedBytes,
  type ObjectStore,
  type StagedBytes,
  type StoredVersion,
} from '../objects/object-store.ts'
import { BlobError } from './blob-error.ts'
import type { BlobRecord } from './blob-record.ts'
import type { Tagged } from './conditions.ts'
import { etagOf } from './etag.ts'
import type { UserMetadata } from './user-metadata.ts'

/** As long a name cannot be used again, by the simulator's clock. */
export const BEING_DELETED_MS = 30_000

/** A container: its blobs, and the blocks that are of none yet. */
export class Container {
  readonly account: string
  readonly name: string
  /** Blobs by name. */
  readonly bucket: Bucket
  /** Of each blob, which may not be there yet, by the block's id. */
  readonly #uncommitted = new Map<string, Map<string, StagedBytes>>()
  readonly #nextGeneration: () => number
  readonly #clock: Clock
  #metadata: UserMetadata
  #tagged: Tagged

  /** Use `Containers`. */
  constructor(parts: {
    readonly account: string
    readonly name: string
    readonly bucket: Bucket
    readonly metadata: UserMetadata
    readonly clock: Clock
    readonly nextGeneration: () => number
  }) {
    this.account = parts.account
    this.name = parts.name
    this.bucket = parts.bucket
    this.#metadata = parts.metadata
    this.#clock = parts.clock
    this.#nextGeneration = parts.nextGeneration
    this.#tagged = this.#tag()
  }

  /** For conditions: of the container itself, whatever its blobs do. */
  get tagged(): Tagged {
    return this.#tagged
  }

  get metadata(): UserMetadata {
    return this.#metadata
  }

  set metadata(metadata: UserMetadata) {
    this.#metadata = metadata
    this.#tagged = this.#tag()
  }

  /** Throws `BlobNotFound`. */
  blob(name: string): StoredVersion {
    const version = this.bucket.get(name)
    if (version === undefined) throw new BlobError('BlobNotFound')
    return version
  }

  /**
   * Writes a blob, before anything else can happen: what was looked up without waiting before still holds. Rejects with
   * `ContainerNotFound` where the container was deleted in the meantime.
   */
  async store(name: string, parts: readonly HashedBytes[], record: BlobRecord): Promise<StoredVersion> {
    try {
      return await this.bucket.commit(name, parts, { blob: record })
    } catch (error) {
      if (error instanceof BucketGoneError) throw new BlobError('ContainerNotFound')
      throw error
    }
  }

  /** The blocks of a blob that no list has committed, by id. */
  uncommitted(blob: string): ReadonlyMap<string, StagedBytes> {
    return this.#uncommitted.get(blob) ?? new Map()
  }

  /** The names of blobs that have such blocks. */
  get uncommittedNames(): readonly string[] {
    return [...this.#uncommitted.keys()]
  }

  /** Keeps a block, instead of one with its id. */
  addBlock(blob: string, id: string, block: StagedBytes): void {
    const blocks = this.#uncommitted.get(blob) ?? new Map<string, StagedBytes>()
    this.#uncommitted.set(blob, blocks)
    void blocks.get(id)?.discard()
    blocks.set(id, block)
  }

  /** Forgets the blocks of a blob. Those that were committed stay what they became. */
  dropBlocks(blob: string): void {
    for (const block of this.uncommitted(blob).values()) void block.discard()
    this.#uncommitted.delete(blob)
  }

  #tag(): Tagged {
    return { etag: etagOf(this.#nextGeneration()), modifiedAt: this.#clock.now() }
  }
}

/** The containers of all accounts. Any account is there. */
export class Containers {
  readonly #objects: ObjectStore
  readonly #containers = new Map<string, Container>()
  /** When they were deleted. */
  readonly #deleted = new Map<string, number>()
  #generation = 0

  constructor(objects: ObjectStore) {
    this.#objects = objects
  }

  /** `undefined`: there is none. */
  find(account: string, name: string): Container | undefined {
    return this.#containers.get(`${account}/${name}`)
  }

  /** Throws `ContainerNotFound`. */
  get(account: string, name: string): Container {
    const container = this.find(account, name)
    if (container === undefined) throw new BlobError('ContainerNotFound')
    return container
  }

  /** Throws `ContainerAlreadyExists` and, for half a minute after a delete, `ContainerBeingDeleted`. */
  create(account: string, name: string, metadata: UserMetadata, clock: Clock): Container {
    const path = `${account}/${name}`
    if (this.#containers.has(path)) throw new BlobError('ContainerAlreadyExists')
    const deletedAt = this.#deleted.get(path)
    if (deletedAt !== undefined && clock.now() - deletedAt < BEING_DELETED_MS)
      throw new BlobError('ContainerBeingDeleted')
    this.#deleted.delete(path)
    const nextGeneration = (): number => {
      this.#generation = Math.max(this.#generation + 1, Math.floor(clock.now()) * 1000)
      return this.#generation
    }
    const bucket = this.#objects.createBucket(path)
    const container = new Container({ account, name, bucket, metadata, clock, nextGeneration })
    this.#containers.set(path, container)
    return container
  }

  /** With its blobs and blocks. */
  delete(container: Container, clock: Clock): void {
    const path = container.bucket.name
    for (const blob of container.uncommittedNames) container.dropBlocks(blob)
    this.#containers.delete(path)
    this.#objects.deleteBucket(path)
    this.#deleted.set(path, clock.now())
  }

  /** By name. */
  list(account: string, prefix: string): readonly Container[] {
    return this.#objects
      .buckets()
      .map(({ name }) => this.#containers.get(name))
      .filter((one) => one !== undefined)
      .filter((one) => one.account === account && one.name.startsWith(prefix))
  }
}
