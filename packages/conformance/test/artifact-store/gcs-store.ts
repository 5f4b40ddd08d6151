import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { Storage, type Bucket, type File } from '@google-cloud/storage'

import { ArtifactStore, type Body, type StoreCallOptions, type StoredObject } from '@sidestep/core'

import { counted, type Counter } from './counted.ts'
import { PAGE_SIZE } from './page-size.ts'

/** Of a `GcsStore`. */
export interface GcsStoreConfig {
  readonly endpoint: string
  readonly bucket: string
  readonly prefix: string
}

/** What an object was at one time. */
interface Generation {
  readonly size: number
  readonly generation: string
}

const PIECE_BYTES = 8 * 2 ** 20
/** By the name of an object, the SDK would guess what it holds. */
const METADATA = { metadata: { contentType: 'application/octet-stream' } }

/** A bucket of Google Cloud Storage through the official SDK: as much as the conformance suite asks for. */
export class GcsStore extends ArtifactStore<GcsStoreConfig> {
  static override readonly FLAVOR: string = 'gcs_for_tests'
  readonly uri: string
  readonly jobConfig: GcsStoreConfig
  readonly #bucket: Bucket

  constructor(config: GcsStoreConfig) {
    super(config)
    this.uri = `gs://${config.bucket}/${config.prefix}`
    this.jobConfig = { ...config }
    const retryOptions = { maxRetries: 2, maxRetryDelay: 1 }
    this.#bucket = new Storage({ apiEndpoint: config.endpoint, projectId: 'test', retryOptions }).bucket(config.bucket)
  }

  protected override async putObject(key: string, body: Body, { signal }: StoreCallOptions): Promise<number> {
    if (body instanceof Uint8Array) {
      await this.#at(key).save(Buffer.from(body), { resumable: false, ...METADATA })
      return body.length
    }
    const counter: Counter = { bytes: 0 }
    const target = this.#at(key).createWriteStream({ resumable: true, ...METADATA })
    await pipeline(Readable.from(counted(body, counter)), target, signal === undefined ? {} : { signal })
    return counter.bytes
  }

  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    try {
      const preconditionOpts = { ifGenerationMatch: 0 }
      await this.#at(key).save(Buffer.from(body), { resumable: false, preconditionOpts, ...METADATA })
      return true
    } catch (error) {
      if (statusOf(error) === 412) return false
      throw error
    }
  }

  protected override async readObject(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    for (;;) {
      const found = await this.#find(key)
      if (found === undefined) return undefined
      try {
        const first = await this.#piece(key, found, 0)
        return this.#pieces(key, found, first)
      } catch (error) {
        // It was replaced or deleted since.
        if (statusOf(error) !== 404) throw error
      }
    }
  }

  protected override async statObject(key: string): Promise<StoredObject | undefined> {
    const found = await this.#find(key)
    return found && { key, size: found.size }
  }

  protected override async *listObjects(prefix: string): AsyncGenerator<StoredObject> {
    let pageToken: string | undefined
    do {
      const query = { prefix: `${this.config.prefix}/${prefix}`, autoPaginate: false, maxResults: PAGE_SIZE }
      const [files, next] = await this.#bucket.getFiles(pageToken === undefined ? query : { ...query, pageToken })
      for (const { name, metadata } of files) {
        yield { key: name.slice(this.config.prefix.length + 1), size: Number(metadata.size) }
      }
      pageToken = (next as { readonly pageToken?: string } | null)?.pageToken
    } while (pageToken !== undefined)
  }

  protected override async deleteObject(key: string): Promise<void> {
    try {
      await this.#at(key).delete()
    } catch (error) {
      await this.#checkMissing(error)
    }
  }

  async #find(key: string): Promise<Generation | undefined> {
    try {
      const [{ size, generation }] = await this.#at(key).getMetadata()
      return { size: Number(size), generation: String(generation) }
    } catch (error) {
      await this.#checkMissing(error)
      return undefined
    }
  }

  /**
   * Each with a call of its own: a stream of the SDK that is not read to its end closes the connections of all other
   * calls of the process.
   */
  async *#pieces(key: string, found: Generation, first: Uint8Array): AsyncGenerator<Uint8Array> {
    yield first
    for (let at = first.length; at < found.size; at += PIECE_BYTES) yield this.#piece(key, found, at)
  }

  async #piece(key: string, { size, generation }: Generation, start: number): Promise<Uint8Array> {
    if (size === 0) return new Uint8Array()
    const end = Math.min(start + PIECE_BYTES, size) - 1
    const [bytes] = await this.#at(key, generation).download({ start, end, decompress: false })
    return bytes
  }

  /** Returns where it is the object that is not there. A missing bucket has the same status and reason. */
  async #checkMissing(error: unknown): Promise<void> {
    if (statusOf(error) !== 404) throw error
    await this.#bucket.getMetadata()
  }

  #at(key: string, generation?: string): File {
    return this.#bucket.file(`${this.config.prefix}/${key}`, generation === undefined ? {} : { generation })
  }
}

function statusOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code
}
