import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import { ArtifactStore, type StoredObject } from '@sidestep/core'

/** Where the objects are. */
export interface BucketReaderConfig {
  readonly client: S3Client
  readonly bucket: string
}

/** Reads a bucket by plain calls of the SDK: nothing of the store that is under test is believed, and nothing is written. */
export class BucketReader extends ArtifactStore<BucketReaderConfig> {
  static override readonly FLAVOR: 'bucket-reader' = 'bucket-reader'

  readonly uri: string
  readonly jobConfig: object = {}

  constructor(config: BucketReaderConfig) {
    super(config)
    this.uri = `s3://${config.bucket}`
  }

  protected override async putObject(key: string): Promise<number> {
    throw new Error(`the matrix only reads: ${key}`)
  }

  protected override async putObjectIfAbsent(key: string): Promise<boolean> {
    throw new Error(`the matrix only reads: ${key}`)
  }

  protected override async readObject(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const { Body } = await this.config.client.send(new GetObjectCommand(this.#at(key)))
      return Body as AsyncIterable<Uint8Array> | undefined
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  protected override async statObject(key: string): Promise<StoredObject | undefined> {
    try {
      const { ContentLength = 0 } = await this.config.client.send(new HeadObjectCommand(this.#at(key)))
      return { key, size: ContentLength }
    } catch (error) {
      if (error instanceof NotFound) return undefined
      throw error
    }
  }

  protected override async *listObjects(prefix: string): AsyncGenerator<StoredObject> {
    const { client, bucket } = this.config
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
      for (const { Key: key = '', Size: size = 0 } of Contents) yield { key, size }
    }
  }

  protected override async deleteObject(key: string): Promise<void> {
    throw new Error(`the matrix only reads: ${key}`)
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.config.bucket, Key: key }
  }
}
