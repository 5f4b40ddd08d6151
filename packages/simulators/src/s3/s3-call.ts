import { randomBytes } from 'node:crypto'

import type { AnswerHeaders, Exchange } from '../ground/exchange.ts'
import type { Bucket, ObjectStore, StoredVersion } from '../objects/object-store.ts'
import { credentialsOf, type Credentials } from './credentials.ts'
import type { MultipartUploads } from './multipart-uploads.ts'
import { checkKey, isBucketName } from './names.ts'
import { pathOf } from './route.ts'
import { invalidArgument, noSuchKey, S3Error } from './s3-error.ts'
import type { SigningTimes } from './signing-times.ts'
import { writeXml, type XmlContent } from './xml.ts'

/** The account that owns all buckets. */
export const ACCOUNT_ID = '123456789012'
/** Its canonical name, as lists say it. */
export const OWNER_ID = '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a'
/** Where a bucket is that was made without a place. */
export const DEFAULT_REGION = 'us-east-1'

/** What the operations share. */
export interface S3State {
  readonly objects: ObjectStore
  readonly uploads: MultipartUploads
  /** Where a bucket is. */
  readonly regions: WeakMap<Bucket, string>
  readonly signingTimes: SigningTimes
}

/** One request to S3, with what its path and its signature say. */
export class S3Call {
  readonly exchange: Exchange
  readonly state: S3State
  readonly credentials: Credentials
  readonly bucketName: string
  readonly key: string

  /** Throws the `S3Error` of a request without good credentials, and of a path that cannot be read. */
  constructor(exchange: Exchange, state: S3State) {
    this.exchange = exchange
    this.state = state
    this.credentials = credentialsOf(exchange, state.signingTimes)
    const { bucketName, key } = pathOf(exchange.rawPath)
    this.bucketName = bucketName
    this.key = key
    if (key !== '') checkKey(key)
  }

  /** Throws where it is not there, in another region, or of another owner than the request expects. */
  bucket(name: string = this.bucketName): Bucket {
    const bucket = this.state.objects.bucket(name)
    if (bucket === undefined) {
      throw new S3Error(isBucketName(name) ? 'NoSuchBucket' : 'InvalidBucketName', { details: [['BucketName', name]] })
    }
    if (name === this.bucketName) this.#checkPlace(bucket)
    return bucket
  }

  /** Where a bucket is. */
  regionOf(bucket: Bucket): string {
    return this.state.regions.get(bucket) ?? DEFAULT_REGION
  }

  /** The object of the path. Throws `NoSuchKey`. */
  object(): StoredVersion {
    const version = this.bucket().get(this.key)
    if (version === undefined) throw noSuchKey(this.key)
    return version
  }

  /** Of the request, `undefined` where it is absent. */
  header(name: string): string | undefined {
    return this.exchange.header(name)
  }

  /** Of the query, `undefined` where it is absent. */
  query(name: string): string | undefined {
    return this.exchange.url.searchParams.get(name) ?? undefined
  }

  /** Throws where the header expects another owner than there is, or is no account. */
  checkOwner(header: 'x-amz-expected-bucket-owner' | 'x-amz-source-expected-bucket-owner'): void {
    const owner = this.header(header)
    if (owner === undefined || owner === ACCOUNT_ID) return
    throw new S3Error(/^\d{12}$/.test(owner) ? 'AccessDenied' : 'InvalidBucketOwnerAWSAccountID')
  }

  /** A whole number in the query, at most `max`: more is as good as `max`. Default: `max`. Throws `InvalidArgument`. */
  queryNumber(name: string, max: number): number {
    const text = this.query(name)
    if (text === undefined || text === '') return max
    if (!/^\d{1,10}$/.test(text) || Number(text) >= 2 ** 31) {
      throw invalidArgument(name, text, `Argument ${name} must be an integer between 0 and 2147483647`)
    }
    return Math.min(Number(text), max)
  }

  /** Answers without a document. */
  answer(status: number, headers: AnswerHeaders = {}): void {
    this.exchange.send(status, { ...requestIds(), ...headers })
  }

  /** Answers with a document. */
  answerXml(root: string, content: XmlContent, headers: AnswerHeaders = {}): void {
    this.exchange.send(200, { ...requestIds(), 'Content-Type': 'application/xml', ...headers }, writeXml(root, content))
  }

  #checkPlace(bucket: Bucket): void {
    const region = this.regionOf(bucket)
    if (region !== this.credentials.region && this.exchange.call.operation !== 'GetBucketLocation') {
      throw new S3Error('PermanentRedirect', {
        details: [
          ['Endpoint', `s3.${region}.amazonaws.com`],
          ['Bucket', bucket.name],
        ],
        headers: { 'x-amz-bucket-region': region },
      })
    }
    this.checkOwner('x-amz-expected-bucket-owner')
  }
}

/** What every answer has. */
export function requestIds(): Readonly<Record<string, string>> {
  return {
    'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase(),
    'x-amz-id-2': randomBytes(48).toString('base64'),
    Server: 'AmazonS3',
  }
}
