import type { Exchange } from '../ground/exchange.ts'
import type { ErrorKind, RequestLine, Service, ServiceError } from '../ground/service.ts'
import { BucketGoneError, type ObjectStore } from '../objects/object-store.ts'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts'
import { completeMultipartUpload } from './complete-upload.ts'
import { copyObject } from './copies.ts'
import { deleteObjects } from './delete-objects.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { listMultipartUploads, listParts } from './list-uploads.ts'
import { MultipartUploads } from './multipart-uploads.ts'
import { getObjectAttributes } from './object-parts.ts'
import { deleteObject, getObject, headObject, putObject } from './objects.ts'
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from './parts.ts'
import { isVirtualHost, operationOf, UNSUPPORTED, type S3Operation } from './route.ts'
import { DEFAULT_REGION, requestIds, S3Call, type S3State } from './s3-call.ts'
import { S3Error, type S3ErrorCode } from './s3-error.ts'
import { SigningTimes } from './signing-times.ts'
import { writeXml } from './xml.ts'

const OPERATIONS: Readonly<Record<S3Operation, (call: S3Call) => void | Promise<void>>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
  PutObject: putObject,
  CopyObject: copyObject,
  GetObject: getObject,
  GetObjectAttributes: getObjectAttributes,
  HeadObject: headObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  ListParts: listParts,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
}

const ERRORS: Readonly<Record<ErrorKind, S3ErrorCode>> = {
  throttle: 'SlowDown',
  'server-error': 'InternalError',
  'expired-token': 'ExpiredToken',
  capacity: 'ServiceUnavailable',
}

/**
 * Amazon S3: general purpose buckets without versions, by paths (`/bucket/key`). Requests have to be signed (Signature Version 4); since
 * the simulator knows no secret keys, any key is good and the signature itself is not computed again. It has no documented rates: those of
 * S3 are per prefix.
 */
export class S3Service implements Service {
  readonly name = 's3'
  readonly operations: readonly string[] = [...Object.keys(OPERATIONS), UNSUPPORTED]
  readonly lists: readonly string[] = ['ListObjects', 'ListObjectsV2']
  readonly effects: readonly string[] = ['DeleteBucket']
  readonly conflicts: readonly string[] = ['PutObject', 'CopyObject', 'CompleteMultipartUpload']
  readonly jobs: readonly string[] = []
  readonly #state: S3State

  constructor(objects: ObjectStore) {
    this.#state = { objects, uploads: new MultipartUploads(), regions: new WeakMap(), signingTimes: new SigningTimes() }
  }

  operationOf(request: RequestLine): string | undefined {
    return operationOf(request)
  }

  /** Where a bucket is. `undefined`: there is none. */
  regionOf(bucketName: string): string | undefined {
    const bucket = this.#state.objects.bucket(bucketName)
    return bucket === undefined ? undefined : (this.#state.regions.get(bucket) ?? DEFAULT_REGION)
  }

  async serve(exchange: Exchange): Promise<void> {
    const { operation } = exchange.call
    if (isVirtualHost(exchange.header('host') ?? '')) {
      throw new S3Error('InvalidRequest', {
        message: 'The simulator reads the bucket from the path only: set forcePathStyle: true in the client of S3.',
      })
    }
    if (operation === UNSUPPORTED) {
      throw new S3Error('NotImplemented', {
        message: `The simulator does not implement ${exchange.method} ${exchange.rawPath}${exchange.url.search}`,
      })
    }
    try {
      await OPERATIONS[operation as S3Operation](new S3Call(exchange, this.#state))
    } catch (error) {
      if (!(error instanceof BucketGoneError)) throw error
      throw new S3Error('NoSuchBucket')
    }
  }

  answerError(exchange: Exchange, error: ServiceError): void {
    const ids = requestIds()
    const headers = { ...ids, ...error.headers }
    // What has no body says all with its status.
    if (error.status === 304 || exchange.method === 'HEAD') {
      exchange.send(error.status, headers)
      return
    }
    const document = writeXml(
      'Error',
      [
        ['Code', error.code],
        ['Message', error.message],
        ...(error instanceof S3Error ? error.details : []),
        ['Resource', exchange.rawPath],
        ['RequestId', ids['x-amz-request-id']],
        ['HostId', ids['x-amz-id-2']],
      ],
      { isError: true },
    )
    exchange.send(error.status, { ...headers, 'Content-Type': 'application/xml' }, document)
  }

  errorFor(kind: ErrorKind, _exchange: Exchange): S3Error {
    return new S3Error(ERRORS[kind])
  }
}
