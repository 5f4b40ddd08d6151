import type { Clock } from '../ground/clock.ts'
import { compareUtf8 } from '../ground/utf8-order.ts'
import { DataFolder } from './data-file.ts'
import { FolderBucket, type BucketGround } from './folder-bucket.ts'
import type { Bucket, ObjectStore } from './object-store.ts'

/** Where objects are kept. */
export interface FolderObjectStoreOptions {
  /** Made where it is missing. The objects get a new folder in it, which `close` removes. */
  readonly folder: string
  readonly clock: Clock
  /** How long after a change lists show what was before, in milliseconds. */
  readonly listDelayMs: number
}

/** Objects in files of a folder, with their index in memory: what a process left behind is not found again. */
export function folderObjectStore({ folder, clock, listDelayMs }: FolderObjectStoreOptions): ObjectStore {
  return new FolderObjectStore(new DataFolder(folder), clock, listDelayMs)
}

class FolderObjectStore implements ObjectStore {
  readonly #folder: DataFolder
  readonly #ground: BucketGround
  readonly #buckets = new Map<string, FolderBucket>()
  #generation = 0

  constructor(folder: DataFolder, clock: Clock, listDelayMs: number) {
    this.#folder = folder
    this.#ground = {
      folder,
      clock,
      listDelayMs,
      nextGeneration: () => {
        this.#generation = Math.max(this.#generation + 1, Math.floor(clock.now()) * 1000)
        return this.#generation
      },
    }
  }

  bucket(name: string): Bucket | undefined {
    return this.#buckets.get(name)
  }

  createBucket(name: string): Bucket {
    if (this.#buckets.has(name)) throw new Error(`there is a bucket ${name} already`)
    const bucket = new FolderBucket(name, this.#ground)
    this.#buckets.set(name, bucket)
    return bucket
  }

  deleteBucket(name: string): boolean {
    this.#buckets.get(name)?.remove()
    return this.#buckets.delete(name)
  }

  buckets(): readonly Bucket[] {
    return [...this.#buckets.values()].toSorted((left, right) => compareUtf8(left.name, right.name))
  }

  async close(): Promise<void> {
    for (const bucket of this.#buckets.values()) bucket.remove()
    this.#buckets.clear()
    await this.#folder.close()
  }
}
