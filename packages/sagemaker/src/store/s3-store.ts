import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'

import {
  ArtifactStore,
  configError,
  SidestepError,
  type Body,
  type ComponentLocation,
  type StoreCallOptions,
  type StoredObject,
} from '@sidestep/core'

import type { AwsClientConfig } from '../aws/aws-client-config.ts'
import { connectS3, type S3Connection } from './s3-client.ts'
import { parseS3Uri, s3JobConfig, type ResolvedS3Config, type S3JobConfig, type S3Place } from './s3-config.ts'
import { attemptsOf, hasExpired, nameOfError, orNoSuchKey, s3Error } from './s3-error.ts'
import { beginsAt, sizeOf } from './object-range.ts'
import type { PutParameters } from './put-parameters.ts'
import { putStream } from './put-stream.ts'
import { resumed } from './resumed-stream.ts'

/** How long to wait before a conditional write that met another one is tried again, in milliseconds; it doubles. */
const CONFLICT_WAIT_MS = 50
/** How often. Writes of small objects are short: some 3 seconds. */
const MOST_CONFLICTS = 6

/**
 * Artifacts in a bucket of S3, as a launcher and a job have it alike. What S3 says decides: an object is not there where it answers
 * `NoSuchKey`, and at no other time.
 */
export abstract class S3Store extends ArtifactStore<ResolvedS3Config> {
  static override readonly FLAVOR: 's3' = 's3'

  readonly uri: string
  readonly jobConfig: S3JobConfig
  /** Bucket and prefix. */
  readonly place: S3Place
  #connection: Promise<S3Connection> | undefined

  /** Throws `CONFIG_INVALID` for a `uri` that is none. */
  constructor(config: ResolvedS3Config) {
    super(config)
    const place = parseS3Uri(config.uri)
    if (place === undefined) {
      throw configError('CONFIG_INVALID', `${config.uri} is no place in S3`, 'Write s3://BUCKET or s3://BUCKET/PREFIX.')
    }
    this.place = place
    this.uri = place.prefix === '' ? `s3://${place.bucket}` : `s3://${place.bucket}/${place.prefix}`
    this.jobConfig = s3JobConfig({ ...config, uri: this.uri })
  }

  override get location(): ComponentLocation {
    return { cloud: 'aws', region: this.config.region }
  }

  /** What clients are made with, here. */
  protected abstract clientConfig(): Promise<AwsClientConfig>

  /** The open connection. Rejects where there can be none. */
  protected connect(): Promise<S3Connection> {
    this.#connection ??= this.clientConfig()
      .then(connectS3)
      .catch((error: unknown) => {
        this.#connection = undefined
        throw error
      })
    return this.#connection
  }

  /** The error of a call, in the words of the store. */
  protected asStoreError(verb: string, key: string, error: unknown): SidestepError {
    const { region, kmsKeyId, endpoint } = this.config
    return s3Error(error, { verb, uri: `${this.uri}/${key}`, bucket: this.place.bucket, region, kmsKeyId, endpoint })
  }

  protected override async putObject(key: string, body: Body, { signal }: StoreCallOptions): Promise<number> {
    const parameters = this.#put(key)
    if (!(body instanceof Uint8Array)) {
      // A stream can be read once.
      const put = async (connection: S3Connection): Promise<number> =>
        putStream(connection, { parameters, body, signal })
      return this.#call('write', key, signal, put, { mostCalls: 1 })
    }
    return this.#call('write', key, signal, async (connection) => {
      // A large object in memory goes part by part too: a part that fails is less to send again.
      if (body.length > SINGLE_PUT_BYTES)
        return putStream(connection, { parameters, body: Readable.from([body]), signal })
      const { sdk, client } = connection
      await client.send(new sdk.PutObjectCommand({ ...parameters, Body: body }), abortedBy(signal))
      return body.length
    })
  }

  protected override async putObjectIfAbsent(
    key: string,
    body: Uint8Array,
    { signal }: StoreCallOptions,
  ): Promise<boolean> {
    const parameters = { ...this.#put(key), Body: body, IfNoneMatch: '*' }
    // Over all calls: what had no answer stays open, also where a later one was refused.
    let isDoubtful = false
    return this.#call('write', key, signal, async ({ sdk, client }) => {
      for (let conflicts = 0; ; conflicts += 1) {
        try {
          await client.send(new sdk.PutObjectCommand(parameters), abortedBy(signal))
          return true
        } catch (error) {
          const name = nameOfError(error)
          isDoubtful ||= attemptsOf(error) > 1
          if (name === 'PreconditionFailed') {
            if (!isDoubtful) return false
            // The SDK called again after a call without an answer: that one may have written what is there now.
            throw this.#doubtful(key, error)
          }
          // Somebody else writes it just now: whether it will be there is not known yet.
          if (name !== 'ConditionalRequestConflict' || conflicts === MOST_CONFLICTS) throw error
        }
        await pause(CONFLICT_WAIT_MS * 2 ** conflicts, signal)
      }
    })
  }

  protected override async readObject(
    key: string,
    { signal }: StoreCallOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#call('read', key, signal, async ({ sdk, client }) => {
      const get = async (more: { readonly Range?: string; readonly IfMatch?: string }) =>
        client.send(new sdk.GetObjectCommand({ ...this.#at(key), ...more }), abortedBy(signal))
      const answer = await orNoSuchKey(async () => get({}))
      if (answer === undefined) return undefined
      const { Body: first, ETag } = answer
      const from = async (offset: number): Promise<Readable> => {
        const rest = await get({ Range: `bytes=${offset}-`, ...(ETag === undefined ? {} : { IfMatch: ETag }) })
        if (beginsAt(rest, offset)) return rest.Body as Readable
        ;(rest.Body as Readable).destroy()
        throw new Error(
          `it broke off after ${offset} bytes, and the rest of it was not what came when it was asked for`,
        )
      }
      return this.#translated(key, resumed({ first: first as Readable, from, signal }))
    })
  }

  protected override async statObject(key: string, { signal }: StoreCallOptions): Promise<StoredObject | undefined> {
    // Not HeadObject: its answers have no body, and so do not say whether it is the object or the bucket that is missing.
    return this.#call('read', key, signal, async ({ sdk, client }) => {
      const command = new sdk.GetObjectCommand({ ...this.#at(key), Range: 'bytes=0-0' })
      try {
        const answer = await orNoSuchKey(async () => client.send(command, abortedBy(signal)))
        if (answer === undefined) return undefined
        ;(answer.Body as Readable).destroy()
        return { key, size: sizeOf(answer) }
      } catch (error) {
        // An empty object has no first byte.
        if (nameOfError(error) === 'InvalidRange') return { key, size: 0 }
        throw error
      }
    })
  }

  protected override async *listObjects(prefix: string, { signal }: StoreCallOptions): AsyncGenerator<StoredObject> {
    const { Bucket, Key: Prefix } = this.#at(prefix)
    const asked = new Set<string>()
    let next: string | undefined
    do {
      if (next !== undefined) asked.add(next)
      // XML has no place for all characters that keys may have.
      const input = { Bucket, Prefix, EncodingType: 'url', ContinuationToken: next } as const
      const page = await this.#call('list', prefix, signal, async ({ sdk, client }) =>
        client.send(new sdk.ListObjectsV2Command(input), abortedBy(signal)),
      )
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        const found = page.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key
        yield { key: found.slice(this.#keyOf('').length), size: Size }
      }
      next = page.IsTruncated === false ? undefined : page.NextContinuationToken
      // Whoever went on would go round for ever.
      if (asked.has(next ?? ''))
        throw this.asStoreError('list', prefix, new Error('a page leads to one that was before it'))
    } while (next !== undefined && next !== '')
  }

  protected override async deleteObject(key: string, { signal }: StoreCallOptions): Promise<void> {
    await this.#call('delete', key, signal, async ({ sdk, client }) =>
      client.send(new sdk.DeleteObjectCommand(this.#at(key)), abortedBy(signal)),
    )
  }

  /** Where credentials have ended, new ones are asked for, and the call is made once more. */
  async #call<T>(
    verb: string,
    key: string,
    signal: AbortSignal | undefined,
    call: (connection: S3Connection) => Promise<T>,
    { mostCalls = 2 }: { readonly mostCalls?: number } = {},
  ): Promise<T> {
    for (let calls = 1; ; calls += 1) {
      const connection = this.connect()
      try {
        return await call(await connection)
      } catch (error) {
        signal?.throwIfAborted()
        if (!hasExpired(error)) throw this.asStoreError(verb, key, error)
        if (this.#connection === connection) this.#connection = undefined
        if (calls === mostCalls) throw this.asStoreError(verb, key, error)
      }
    }
  }

  async *#translated(key: string, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* stream
    } catch (error) {
      throw this.asStoreError('read', key, error)
    }
  }

  #doubtful(key: string, cause: unknown): SidestepError {
    const message = `whether ${this.uri}/${key} was written by this call or by another one is not known: an answer was lost`
    return new SidestepError(message, { code: 'STORE_FAILED', kind: 'infra', hint: 'Read it, and compare.', cause })
  }

  #put(key: string): PutParameters {
    const { kmsKeyId } = this.config
    const encryption = kmsKeyId === undefined ? {} : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKeyId }
    return { ...this.#at(key), ...encryption }
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.place.bucket, Key: this.#keyOf(key) }
  }

  #keyOf(key: string): string {
    return this.place.prefix === '' ? key : `${this.place.prefix}/${key}`
  }
}

/** Bytes that are put with one call; S3 takes 5 GiB. */
const SINGLE_PUT_BYTES = 16 * 2 ** 20

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(ms, undefined, signal === undefined ? {} : { signal })
}

function abortedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal }
}
