import type { Stats } from 'node:fs'
import { opendir, open, readdir, rm, stat } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import {
  ArtifactStore,
  type Body,
  type ComponentLocation,
  type StoreCallOptions,
  type StoredObject,
} from '@sidestep/core'
import { codeOf, createFile, replaceFile } from '@sidestep/core/files'

import { makeFolder } from '../files/make-folder.ts'
import { keyOfNames, OWN_PREFIX, pathOfKey } from './key-path.ts'

/** Of an open store. */
export interface OpenStoreConfig {
  /** Absolute path of the folder. */
  readonly path: string
}

const READ_SIZE = 256 * 1024
/** Whoever writes touches its temporary file; one that nobody touched for so long has lost its writer. */
const LEFTOVER_AGE_MS = 24 * 60 * 60_000

/**
 * Artifacts in a folder of this machine. Keys are paths (`runs/x/spec.json` lies where one looks for it), writes are
 * atomic: readers and listings see whole objects only. As paths are, a key cannot be an object and the beginning of
 * other keys (`a` and `a/b`) at once.
 */
export class LocalArtifactStore extends ArtifactStore<OpenStoreConfig> {
  static override readonly FLAVOR: 'local' = 'local'

  readonly uri: string
  readonly jobConfig: { readonly flavor: 'local'; readonly path: string }
  readonly #path: string
  #opened: Promise<void> | undefined

  constructor(config: OpenStoreConfig) {
    super(config)
    this.#path = config.path
    this.uri = pathToFileURL(config.path).href.replace(/\/$/, '')
    this.jobConfig = { flavor: 'local', path: config.path }
  }

  override get location(): ComponentLocation {
    return { cloud: 'local' }
  }

  protected override async putObject(key: string, body: Body, { signal }: StoreCallOptions): Promise<number> {
    const { path, temporaryFile } = await this.#placeFor(key)
    return replaceFile(path, body, signal === undefined ? { temporaryFile } : { temporaryFile, signal })
  }

  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const { path, temporaryFile } = await this.#placeFor(key)
    return createFile(path, body, { temporaryFile })
  }

  protected override async readObject(
    key: string,
    { signal }: StoreCallOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    return (await this.#find(key)) === undefined ? undefined : readChunks(this.#pathOf(key), signal)
  }

  protected override async statObject(key: string): Promise<StoredObject | undefined> {
    const stats = await this.#find(key)
    return stats === undefined ? undefined : { key, size: stats.size }
  }

  protected override async *listObjects(prefix: string, { signal }: StoreCallOptions): AsyncGenerator<StoredObject> {
    await this.#open()
    const above = prefix.slice(0, Math.max(prefix.lastIndexOf('/'), 0))
    const names = above === '' ? [] : pathOfKey(above).split('/')
    yield* this.#listFolder(names, prefix, signal)
  }

  protected override async deleteObject(key: string): Promise<void> {
    if ((await this.#find(key)) !== undefined) await rm(this.#pathOf(key), { force: true })
  }

  async *#listFolder(
    names: readonly string[],
    prefix: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StoredObject> {
    const path = join(this.#path, ...names)
    for await (const entry of entriesOf(path)) {
      signal?.throwIfAborted()
      if (entry.name.startsWith(OWN_PREFIX)) continue
      const below = [...names, entry.name]
      if (entry.isDirectory()) {
        const folder = keyOfNames(below)
        // Only the first level can hold folders that do not match; a part that goes on below has no key yet.
        const matches = folder === undefined || `${folder}/`.startsWith(prefix) || prefix.startsWith(`${folder}/`)
        if (matches) yield* this.#listFolder(below, prefix, signal)
        continue
      }
      const key = keyOfNames(below)
      if (key === undefined || !key.startsWith(prefix)) continue
      const stats = await statIfThere(join(path, entry.name))
      if (stats?.isFile() === true) yield { key, size: stats.size }
    }
  }

  #pathOf(key: string): string {
    return join(this.#path, pathOfKey(key))
  }

  async #placeFor(key: string): Promise<{ readonly path: string; readonly temporaryFile: string }> {
    await this.#open()
    const path = this.#pathOf(key)
    await makeFolder(dirname(path))
    return { path, temporaryFile: join(this.#path, OWN_PREFIX, randomUUID()) }
  }

  async #find(key: string): Promise<Stats | undefined> {
    await this.#open()
    const stats = await statIfThere(this.#pathOf(key))
    if (stats !== undefined) return stats.isFile() ? stats : undefined
    // Where the whole folder went away (a disk that was taken off), nothing is known of the object.
    await stat(this.#path)
    return undefined
  }

  #open(): Promise<void> {
    this.#opened ??= this.#prepareFolder().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #prepareFolder(): Promise<void> {
    const temporary = join(this.#path, OWN_PREFIX)
    await makeFolder(temporary)
    const tooOld = Date.now() - LEFTOVER_AGE_MS
    for (const name of await readdir(temporary)) {
      const stats = await statIfThere(join(temporary, name))
      if (stats !== undefined && stats.mtimeMs < tooOld) await rm(join(temporary, name), { force: true })
    }
  }
}

/** Opens the file on the first read, so that a stream that nobody reads holds nothing. */
async function* readChunks(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r')
  try {
    while (true) {
      signal?.throwIfAborted()
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_SIZE), 0, READ_SIZE)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

async function* entriesOf(path: string): AsyncGenerator<{ readonly name: string; isDirectory(): boolean }> {
  try {
    yield* await opendir(path)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}
