import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { verify, type RegistryReader } from './registry-reader.ts'

/** The blobs of layers by digest, in a folder that many simulators may share. */
export class LayerCache {
  readonly #folder: string
  readonly #partials: string
  readonly #downloads = new Map<string, Promise<string>>()

  /** `partials`: for what is not complete, on the same disk. */
  constructor(folder: string, partials: string) {
    this.#folder = folder
    this.#partials = partials
  }

  /** The file of a layer: read from its registry where it is not there, once for all who ask. */
  async file(digest: string, registry: RegistryReader): Promise<string> {
    let download = this.#downloads.get(digest)
    if (download === undefined) {
      download = this.#provide(digest, registry).finally(() => this.#downloads.delete(digest))
      this.#downloads.set(digest, download)
    }
    return download
  }

  /** Waits for what is still being read. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#downloads.values())
  }

  async #provide(digest: string, registry: RegistryReader): Promise<string> {
    const path = join(this.#folder, digest.replace(':', '-'))
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) return path
    await mkdir(this.#folder, { recursive: true })
    await mkdir(this.#partials, { recursive: true })
    const partial = join(this.#partials, `layer-${randomBytes(8).toString('hex')}`)
    try {
      const hash = createHash('sha256')
      const hashing = new Transform({
        transform: (chunk: Buffer, _, done) => {
          hash.update(chunk)
          done(null, chunk)
        },
      })
      await pipeline(await registry.blob(digest), hashing, createWriteStream(partial))
      verify(`the layer ${digest}`, digest, `sha256:${hash.digest('hex')}`)
      await rename(partial, path)
      return path
    } finally {
      await rm(partial, { force: true })
    }
  }
}
