import { createHash, randomUUID, type Hash } from 'node:crypto'
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Digest } from './names.ts'
import { StoredContent } from './stored-content.ts'

/** What is larger goes to a file: a layer of some GB must not fill the heap. */
const MEMORY_BYTES = 4 * 1024 * 1024

/** A temporary folder that is made when it is needed first. */
export class SpoolFolder {
  #path: Promise<string> | undefined

  /** The path of a file that nobody has. */
  async file(): Promise<string> {
    this.#path ??= mkdtemp(join(tmpdir(), 'oci-registry-'))
    return join(await this.#path, randomUUID())
  }

  /** With everything in it. */
  async remove(): Promise<void> {
    if (this.#path !== undefined) await rm(await this.#path, { recursive: true, force: true })
  }
}

/** Bytes that arrive: hashed, and kept in memory while they are few. */
export class Spool {
  readonly #folder: SpoolFolder
  readonly #hash: Hash = createHash('sha256')
  #chunks: Uint8Array[] = []
  #file: { readonly path: string; readonly handle: FileHandle } | undefined
  #size = 0

  constructor(folder: SpoolFolder) {
    this.#folder = folder
  }

  /** Bytes. */
  get size(): number {
    return this.#size
  }

  /** One call at a time. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk)
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#file === undefined && this.#size > MEMORY_BYTES) {
      const path = await this.#folder.file()
      this.#file = { path, handle: await open(path, 'wx') }
    }
    if (this.#file === undefined) return
    const chunks = this.#chunks
    this.#chunks = []
    await this.#file.handle.writev(chunks)
  }

  /** Ends it: nothing can be written any more. */
  async finish(): Promise<{ readonly digest: Digest; readonly content: StoredContent }> {
    await this.#file?.handle.close()
    const where = this.#file?.path ?? Buffer.concat(this.#chunks)
    this.#chunks = []
    return { digest: `sha256:${this.#hash.digest('hex')}`, content: new StoredContent(where, this.#size) }
  }

  /** Throws it away. */
  async discard(): Promise<void> {
    this.#chunks = []
    if (this.#file === undefined) return
    await this.#file.handle.close()
    await rm(this.#file.path, { force: true })
  }
}
