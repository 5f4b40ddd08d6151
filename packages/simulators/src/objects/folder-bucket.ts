import type { Clock } from '../ground/clock.ts'
import { History } from '../ground/history.ts'
import type { DataFile, DataFolder } from './data-file.ts'
import {
  BucketGoneError,
  type Bucket,
  type HashedBytes,
  type Precondition,
  type StagedBytes,
  type StoredVersion,
} from './object-store.ts'
import { StoredBytes } from './stored-bytes.ts'

/** What the buckets of a store share. */
export interface BucketGround {
  readonly folder: DataFolder
  readonly clock: Clock
  readonly listDelayMs: number
  /** A new one for each write. */
  readonly nextGeneration: () => number
}

class StagedFile extends StoredBytes implements StagedBytes {
  #state: 'staged' | 'used up' | 'thrown away' = 'staged'

  get state(): string {
    return this.#state
  }

  /** The object holds the files from now on. */
  useUp(): void {
    this.#state = 'used up'
  }

  async discard(): Promise<void> {
    if (this.#state !== 'staged') return
    this.#state = 'thrown away'
    for (const file of this.files) file.release()
  }
}

class FileVersion extends StoredBytes implements StoredVersion {
  readonly key: string
  readonly generation: number
  readonly createdAt: number
  readonly metadata: Readonly<Record<string, unknown>>

  constructor(files: readonly DataFile[], about: Pick<StoredVersion, 'key' | 'generation' | 'createdAt' | 'metadata'>) {
    super(files)
    this.key = about.key
    this.generation = about.generation
    this.createdAt = about.createdAt
    this.metadata = about.metadata
  }

  get parts(): readonly HashedBytes[] {
    return this.files.map((file) => new StoredBytes([file]))
  }
}

/** A bucket whose objects are files, with their index in memory. */
export class FolderBucket implements Bucket {
  readonly name: string
  readonly createdAt: number
  readonly #ground: BucketGround
  readonly #versions: History<FileVersion>
  #isGone = false

  constructor(name: string, ground: BucketGround) {
    this.name = name
    this.createdAt = ground.clock.now()
    this.#ground = ground
    // A version that was replaced keeps its files until no list shows it: whoever has it in hands can still open it.
    this.#versions = new History({ ...ground, onForget: (version) => release(version.files) })
  }

  get isEmpty(): boolean {
    return this.#versions.isEmpty
  }

  get(key: string): StoredVersion | undefined {
    return this.#versions.get(key)
  }

  async stage(bytes: AsyncIterable<Uint8Array>): Promise<StagedBytes> {
    const file = await this.#ground.folder.write(bytes)
    return new StagedFile(file === undefined ? [] : [file])
  }

  async commit(
    key: string,
    parts: readonly HashedBytes[],
    metadata: Readonly<Record<string, unknown>>,
    precondition: Precondition = () => undefined,
  ): Promise<StoredVersion> {
    // Nothing is awaited from here to the end: no other request comes between.
    if (this.#isGone) throw new BucketGoneError(`the bucket ${this.name} was deleted`)
    const stored = parts.map(storedBytes)
    precondition(this.#versions.get(key))
    const files = stored.flatMap((part) => part.files)
    for (const file of files) file.hold()
    for (const part of new Set(stored)) {
      if (!(part instanceof StagedFile)) continue
      part.useUp()
      release(part.files)
    }
    const { clock, nextGeneration } = this.#ground
    const version = new FileVersion(files, { key, generation: nextGeneration(), createdAt: clock.now(), metadata })
    this.#versions.set(key, version)
    return version
  }

  delete(key: string, precondition: Precondition = () => undefined): boolean {
    const existing = this.#versions.get(key)
    precondition(existing)
    if (existing === undefined) return false
    this.#versions.set(key, undefined)
    return true
  }

  list(prefix: string, options: { readonly staleMs?: number } = {}): readonly StoredVersion[] {
    return this.#versions.list(prefix, options)
  }

  /** The files go too, once those who read them have done so. */
  remove(): void {
    this.#isGone = true
    this.#versions.clear()
  }
}

function release(files: readonly DataFile[]): void {
  for (const file of files) file.release()
}

function storedBytes(part: HashedBytes): StoredBytes {
  if (!(part instanceof StoredBytes)) throw new TypeError('an object is made of bytes of its own store only')
  if (part instanceof StagedFile && part.state !== 'staged') throw new TypeError(`the staged bytes were ${part.state}`)
  if (!part.files.every(({ isHeld }) => isHeld)) throw new TypeError('the bytes are of an object that is gone')
  return part
}
