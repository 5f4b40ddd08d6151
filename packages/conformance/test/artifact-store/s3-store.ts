import { Readable } from 'node:stream'

import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'

import { ArtifactStore, type Body, type StoreCallOptions, type StoredObject } from '@sidestep/core'

import { counted, type Counter } from './counted.ts'
import { PAGE_SIZE } from './page-size.ts'

/** Of an `S3Store`. */
export interface S3StoreConfig {
  readonly endpoint: string
  readonly bucket: string
  readonly prefix: string
}

/** The credentials that the simulator takes. */
export const S3_SECRET = 'wJalrXUtnFEMI-K7MDENG-EXAMPLEKEY'

/** A bucket of S3 through the official SDK: as much as the conformance suite asks for. */
export class S3Store extends ArtifactStore<S3StoreConfig> {
  static override readonly FLAVOR: string = 's3_for_tests'
  readonly uri: string
  readonly jobConfig: S3StoreConfig
  readonly #client: S3Client

  constructor(config: S3StoreConfig) {
    super(config)
    this.uri = `s3://${config.bucket}/${config.prefix}`
    this.jobConfig = { ...config }
    this.#client = new S3Client({
      endpoint: config.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: S3_SECRET },
    })
  }

  protected override async putObject(key: string, body: Body, { signal }: StoreCallOptions): Promise<number> {
    if (body instanceof Uint8Array) {
      await this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: body }), abortedBy(signal))
      return body.length
    }
    const counter: Counter = { bytes: 0 }
    const source = Readable.from(counted(body, counter))
    const abortController = new AbortController()
    const abort = (): void => abortController.abort()
    signal?.addEventListener('abort', abort)
    try {
      const params = { ...this.#at(key), Body: source }
      await new Upload({ client: this.#client, params, queueSize: 2, abortController }).done()
      return counter.bytes
    } finally {
      signal?.removeEventListener('abort', abort)
      source.destroy()
    }
  }

  protected override async putObjectIfAbsent(
    key: string,
    body: Uint8Array,
    options: StoreCallOptions,
  ): Promise<boolean> {
    try {
      const command = new PutObjectCommand({ ...this.#at(key), Body: body, IfNoneMatch: '*' })
      await this.#client.send(command, abortedBy(options.signal))
      return true
    } catch (error) {
      if (statusOf(error) === 412) return false
      // Somebody else writes it just now: whether it will be there is not known yet.
      if (statusOf(error) === 409) return this.putObjectIfAbsent(key, body, options)
      throw error
    }
  }

  protected override async readObject(
    key: string,
    { signal }: StoreCallOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand(this.#at(key)), abortedBy(signal))
      return Body as Readable
    } catch (error) {
      if (nameOf(error) === 'NoSuchKey') return undefined
      throw error
    }
  }

  protected override async statObject(key: string, { signal }: StoreCallOptions): Promise<StoredObject | undefined> {
    try {
      const { ContentLength } = await this.#client.send(new HeadObjectCommand(this.#at(key)), abortedBy(signal))
      return { key, size: ContentLength ?? 0 }
    } catch (error) {
      if (statusOf(error) !== 404) throw error
      // An answer without a body does not say what is missing.
      await this.#client.send(new HeadBucketCommand({ Bucket: this.config.bucket }), abortedBy(signal))
      return undefined
    }
  }

  protected override async *listObjects(prefix: string, { signal }: StoreCallOptions): AsyncGenerator<StoredObject> {
    const { Bucket, Key } = this.#at(prefix)
    const pages = paginateListObjectsV2(
      { client: this.#client },
      { Bucket, Prefix: Key, MaxKeys: PAGE_SIZE },
      abortedBy(signal),
    )
    for await (const { Contents = [] } of pages) {
      for (const { Key: found = '', Size = 0 } of Contents) {
        yield { key: found.slice(this.config.prefix.length + 1), size: Size }
      }
    }
  }

  protected override async deleteObject(key: string, { signal }: StoreCallOptions): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#at(key)), abortedBy(signal))
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.config.bucket, Key: `${this.config.prefix}/${key}` }
  }
}

function abortedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal }
}

function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined
}
