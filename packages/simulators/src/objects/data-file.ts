import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { Hasher, type Digests } from './hasher.ts'

/** A folder of files that this process alone has. */
export class DataFolder {
  readonly #path: string
  readonly #removals = new Set<Promise<void>>()

  /** Makes it. `parent` is there. */
  constructor(parent: string) {
    this.#path = join(parent, `objects-${randomUUID()}`)
    mkdirSync(this.#path, { recursive: true })
  }

  /** Writes bytes to a file, hashed on the way; `undefined` where there are none. Who gets it holds it. Leaves no file where it rejects. */
  async write(bytes: AsyncIterable<Uint8Array>): Promise<DataFile | undefined> {
    const path = join(this.#path, randomUUID())
    const hasher = new Hasher()
    const handle = await open(path, 'wx')
    let isKept = false
    try {
      for await (const chunk of bytes) {
        if (chunk.length === 0) continue
        // The disk works while the bytes are hashed.
        const written = handle.writeFile(chunk)
        hasher.update(chunk)
        await written
        isKept = true
      }
    } catch (error) {
      isKept = false
      throw error
    } finally {
      await handle.close()
      if (!isKept) await rm(path, { force: true })
    }
    return isKept ? new DataFile(path, hasher.digests(), () => this.#remove(path)) : undefined
  }

  /** With everything in it. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#removals)
    await rm(this.#path, { recursive: true, force: true })
  }

  #remove(path: string): void {
    // What cannot be removed now is met again by `close`, which says so.
    const removal: Promise<void> = rm(path, { force: true }).then(
      () => void this.#removals.delete(removal),
      () => void this.#removals.delete(removal),
    )
    this.#removals.add(removal)
  }
}

/** A file whose bytes never change. It is removed when nobody holds it any more. */
export class DataFile {
  readonly path: string
  readonly digests: Digests
  readonly #onRelease: () => void
  #holders = 1

  /** Held by who made it. */
  constructor(path: string, digests: Digests, onRelease: () => void) {
    this.path = path
    this.digests = digests
    this.#onRelease = onRelease
  }

  /** False once it was removed. */
  get isHeld(): boolean {
    return this.#holders > 0
  }

  /** Throws where it was removed. */
  hold(): void {
    if (!this.isHeld) throw new Error(`the bytes of ${this.path} were removed, since no object has them any more`)
    this.#holders += 1
  }

  /** Once for each `hold`, and once by who made it. */
  release(): void {
    this.#holders -= 1
    if (this.#holders === 0) this.#onRelease()
  }
}
