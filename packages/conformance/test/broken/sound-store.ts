import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { ArtifactStore, codeOf, type Body, type StoreCallOptions, type StoredObject } from '@sidestep/core'
import { createFile, replaceFile } from '@sidestep/core/files'

/** Of a `SoundStore`. */
export interface SoundStoreConfig {
  readonly folder: string
}

/** Before the bytes of an object stands its key, and before that the length of the key. */
const LENGTH_BYTES = 4

/** A store that does everything right: what the broken ones are made of. Objects are files, named by the hash of the key. */
export class SoundStore extends ArtifactStore<SoundStoreConfig> {
  static override readonly FLAVOR: string = 'sound'
  readonly uri: string
  readonly jobConfig: object

  constructor(config: SoundStoreConfig) {
    super(config)
    this.uri = pathToFileURL(config.folder).href
    this.jobConfig = { ...config }
  }

  protected override async putObject(key: string, body: Body, { signal }: StoreCallOptions): Promise<number> {
    const head = headOf(key)
    const content = body instanceof Uint8Array ? Buffer.concat([head, body]) : following(head, body)
    const size = await replaceFile(this.pathOf(key), content, {
      durable: false,
      temporaryFile: this.#temporaryFile(),
      ...(signal !== undefined && { signal }),
    })
    return size - head.length
  }

  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const content = Buffer.concat([headOf(key), body])
    return createFile(this.pathOf(key), content, { durable: false, temporaryFile: this.#temporaryFile() })
  }

  protected override async readObject(
    key: string,
    _options: StoreCallOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = await open(this.pathOf(key)).catch(undefinedWhereMissing)
    return file && createReadStream('', { fd: file, start: headOf(key).length })
  }

  protected override async statObject(key: string): Promise<StoredObject | undefined> {
    return this.statOf(this.pathOf(key))
  }

  protected override async *listObjects(prefix: string, _options: StoreCallOptions): AsyncGenerator<StoredObject> {
    const names = await readdir(this.config.folder)
    for (const name of names.filter((one) => !one.endsWith('.tmp'))) {
      const found = await this.statOf(join(this.config.folder, name))
      if (found?.key.startsWith(prefix) === true) yield found
    }
  }

  protected override async deleteObject(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true })
  }

  protected pathOf(key: string): string {
    return join(this.config.folder, createHash('sha256').update(key).digest('hex'))
  }

  protected async statOf(path: string): Promise<StoredObject | undefined> {
    const file = await open(path).catch(undefinedWhereMissing)
    if (file === undefined) return undefined
    try {
      const length = (await file.read(Buffer.alloc(LENGTH_BYTES), 0, LENGTH_BYTES, 0)).buffer.readUInt32BE()
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, LENGTH_BYTES)
      return { key: buffer.toString(), size: (await file.stat()).size - LENGTH_BYTES - length }
    } finally {
      await file.close()
    }
  }

  #temporaryFile(): string {
    return join(this.config.folder, `${randomUUID()}.tmp`)
  }
}

/** What stands before the bytes of an object. */
export function headOf(key: string): Buffer {
  const bytes = Buffer.from(key)
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

async function* following(head: Uint8Array, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head
  yield* body
}

/** Of any other error, nothing is known. */
function undefinedWhereMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}
