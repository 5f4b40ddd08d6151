import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'

import { ArtifactStore, type Body, type StoredObject } from '../../src/artifact/artifact-store.ts'
import { codeOf } from '../../src/errors.ts'

/** A real artifact store in a folder, small enough to be read in a test. */
export class FolderStore extends ArtifactStore<{ readonly folder: string }> {
  static override readonly FLAVOR = 'folder_for_tests'
  readonly uri: string
  readonly jobConfig: object

  constructor(config: { readonly folder: string }) {
    super(config)
    this.uri = pathToFileURL(config.folder).href
    this.jobConfig = config
  }

  /** In a new folder below the system's temporary one; it is removed at `await using`'s end. */
  static async temporary(): Promise<FolderStore & AsyncDisposable> {
    const folder = await mkdtemp(join(tmpdir(), 'sidestep-store-'))
    return Object.assign(new FolderStore({ folder }), {
      [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
    })
  }

  pathOf(key: string): string {
    return join(this.config.folder, key)
  }

  protected async putObject(key: string, body: Body): Promise<number> {
    const partial = await this.#partial(key)
    try {
      // Opened first: a body that fails at once must not be cleaned up after before the file is made.
      const file = await open(partial, 'wx')
      await pipeline(body instanceof Uint8Array ? [body] : body, file.createWriteStream())
      await rename(partial, this.pathOf(key))
      return (await stat(this.pathOf(key))).size
    } finally {
      await rm(partial, { force: true })
    }
  }

  protected async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const partial = await this.#partial(key)
    try {
      await writeFile(partial, body)
      await link(partial, this.pathOf(key))
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(partial, { force: true })
    }
  }

  protected async readObject(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = await open(this.pathOf(key)).catch(undefinedWhereMissing)
    return file === undefined ? undefined : createReadStream('', { fd: file })
  }

  protected async statObject(key: string): Promise<StoredObject | undefined> {
    const stats = await stat(this.pathOf(key)).catch(undefinedWhereMissing)
    return stats === undefined ? undefined : { key, size: stats.size }
  }

  protected async *listObjects(prefix: string): AsyncGenerator<StoredObject> {
    for (const entry of await readdir(this.config.folder, { recursive: true, withFileTypes: true })) {
      const key = relative(this.config.folder, join(entry.parentPath, entry.name))
      const object = entry.isFile() && key.startsWith(prefix) ? await this.statObject(key) : undefined
      if (object !== undefined) yield object
    }
  }

  protected async deleteObject(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true })
  }

  async #partial(key: string): Promise<string> {
    await mkdir(dirname(this.pathOf(key)), { recursive: true })
    return `${this.pathOf(key)}.${randomUUID()}.partial`
  }
}

function undefinedWhereMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}
