import { addAbortSignal, Readable } from 'node:stream'

import { BlobServiceClient, RestError, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob'

import { ArtifactStore, type Body, type StoreCallOptions, type StoredObject } from '@sidestep/core'

import { counted, type Counter } from './counted.ts'
import { PAGE_SIZE } from './page-size.ts'

/** Of a `BlobStore`. */
export interface BlobStoreConfig {
  readonly endpoint: string
  readonly container: string
  readonly prefix: string
}

/** The key of every account of the simulator: the one that Microsoft documents for its storage emulator. */
export const BLOB_SECRET = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

const BLOCK_BYTES = 4 * 2 ** 20
const BLOCKS_AT_ONCE = 3

/** The containers of an account of the simulator. */
export function blobService(endpoint: string): BlobServiceClient {
  const credential = new StorageSharedKeyCredential('testaccount', BLOB_SECRET)
  return new BlobServiceClient(`${endpoint}/testaccount`, credential, {
    retryOptions: { maxTries: 3, retryDelayInMs: 10 },
  })
}

/** A container of Azure Blob Storage through the official SDK: as much as the conformance suite asks for. */
export class BlobStore extends ArtifactStore<BlobStoreConfig> {
  static override readonly FLAVOR: string = 'blob_for_tests'
  readonly uri: string
  readonly jobConfig: BlobStoreConfig
  readonly #container: ContainerClient

  constructor(config: BlobStoreConfig) {
    super(config)
    this.#container = blobService(config.endpoint).getContainerClient(config.container)
    this.uri = `${this.#container.url}/${config.prefix}`
    this.jobConfig = { ...config }
  }

  protected override async putObject(key: string, body: Body, { signal }: StoreCallOptions): Promise<number> {
    const blob = this.#container.getBlockBlobClient(this.#nameOf(key))
    if (body instanceof Uint8Array) {
      await blob.upload(Buffer.from(body), body.length, abortedBy(signal))
      return body.length
    }
    const counter: Counter = { bytes: 0 }
    const source = Readable.from(counted(body, counter), { objectMode: false })
    // `uploadStream` looks at the signal only when a block is full.
    if (signal !== undefined) addAbortSignal(signal, source)
    try {
      await blob.uploadStream(source, BLOCK_BYTES, BLOCKS_AT_ONCE, abortedBy(signal))
      return counter.bytes
    } finally {
      source.destroy()
    }
  }

  protected override async putObjectIfAbsent(
    key: string,
    body: Uint8Array,
    { signal }: StoreCallOptions,
  ): Promise<boolean> {
    try {
      const blob = this.#container.getBlockBlobClient(this.#nameOf(key))
      await blob.upload(Buffer.from(body), body.length, { conditions: { ifNoneMatch: '*' }, ...abortedBy(signal) })
      return true
    } catch (error) {
      if (codeOf(error) === 'BlobAlreadyExists') return false
      throw error
    }
  }

  protected override async readObject(
    key: string,
    { signal }: StoreCallOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const blob = this.#container.getBlobClient(this.#nameOf(key))
      const { readableStreamBody } = await blob.download(undefined, undefined, abortedBy(signal))
      return readableStreamBody as Readable
    } catch (error) {
      if (codeOf(error) === 'BlobNotFound') return undefined
      throw error
    }
  }

  protected override async statObject(key: string, { signal }: StoreCallOptions): Promise<StoredObject | undefined> {
    try {
      const { contentLength = 0 } = await this.#container
        .getBlobClient(this.#nameOf(key))
        .getProperties(abortedBy(signal))
      return { key, size: contentLength }
    } catch (error) {
      if (codeOf(error) === 'BlobNotFound') return undefined
      throw error
    }
  }

  protected override async *listObjects(prefix: string, { signal }: StoreCallOptions): AsyncGenerator<StoredObject> {
    const list = this.#container.listBlobsFlat({ prefix: this.#nameOf(prefix), ...abortedBy(signal) })
    for await (const { segment } of list.byPage({ maxPageSize: PAGE_SIZE })) {
      for (const { name, properties } of segment.blobItems) {
        yield { key: name.slice(this.config.prefix.length + 1), size: properties.contentLength ?? 0 }
      }
    }
  }

  protected override async deleteObject(key: string, { signal }: StoreCallOptions): Promise<void> {
    try {
      await this.#container.getBlobClient(this.#nameOf(key)).delete(abortedBy(signal))
    } catch (error) {
      if (codeOf(error) !== 'BlobNotFound') throw error
    }
  }

  #nameOf(key: string): string {
    return `${this.config.prefix}/${key}`
  }
}

function abortedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal }
}

/** An answer to HEAD has no body: then the code is in a header alone. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof RestError)) return undefined
  return error.code ?? error.response?.headers.get('x-ms-error-code')
}
