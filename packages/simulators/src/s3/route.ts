import type { RequestLine } from '../ground/service.ts'
import { S3Error } from './s3-error.ts'

/** The operations that the simulator has, by S3's names. */
export type S3Operation =
  | 'ListBuckets'
  | 'CreateBucket'
  | 'HeadBucket'
  | 'DeleteBucket'
  | 'GetBucketLocation'
  | 'ListObjects'
  | 'ListObjectsV2'
  | 'ListMultipartUploads'
  | 'DeleteObjects'
  | 'PutObject'
  | 'CopyObject'
  | 'GetObject'
  | 'GetObjectAttributes'
  | 'HeadObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'

/** What a request that is an operation of S3, but not of the simulator, is called. */
export const UNSUPPORTED = 'Unsupported'

/** The parts of a path. */
export interface S3Path {
  /** Empty: the service itself. */
  readonly bucketName: string
  /** Empty: the bucket itself. */
  readonly key: string
}

/** Reads `/bucket/key`. Throws `InvalidURI` where it is not UTF-8 with percent signs. */
export function pathOf(rawPath: string): S3Path {
  const [, bucketName = '', key = ''] = /^\/([^/]*)(?:\/([^]*))?$/.exec(rawPath) ?? []
  try {
    return { bucketName: decodeURIComponent(bucketName), key: decodeURIComponent(key) }
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw new S3Error('InvalidURI', { details: [['URI', rawPath]] })
  }
}

/** Parameters that make a request another operation: what is not in the tables below is none that the simulator has. */
const SUBRESOURCES: ReadonlySet<string> = new Set(
  (
    'abac accelerate acl analytics annotation attributes cors delete encryption intelligent-tiering inventory legal-hold ' +
    'lifecycle location logging metadataConfiguration metadataTable metadataInventoryTable metadataJournalTable metrics ' +
    'notification object-lock ownershipControls partNumber policy policyStatus publicAccessBlock renameObject replication ' +
    'requestPayment restore retention select session tagging torrent uploadId uploads versioning versions website encryption ' +
    'objectEncryption annotations'
  ).split(' '),
)

const BUCKET_OPERATIONS: Readonly<Record<string, S3Operation>> = {
  PUT: 'CreateBucket',
  HEAD: 'HeadBucket',
  DELETE: 'DeleteBucket',
  'GET location': 'GetBucketLocation',
  'GET uploads': 'ListMultipartUploads',
  'POST delete': 'DeleteObjects',
  GET: 'ListObjects',
}

const OBJECT_OPERATIONS: Readonly<Record<string, S3Operation>> = {
  PUT: 'PutObject',
  GET: 'GetObject',
  HEAD: 'HeadObject',
  'GET partNumber': 'GetObject',
  'HEAD partNumber': 'HeadObject',
  'GET attributes': 'GetObjectAttributes',
  DELETE: 'DeleteObject',
  'PUT partNumber uploadId': 'UploadPart',
  'POST uploads': 'CreateMultipartUpload',
  'GET uploadId': 'ListParts',
  'POST uploadId': 'CompleteMultipartUpload',
  'DELETE uploadId': 'AbortMultipartUpload',
}

/** Which operation a request is. `undefined`: none of S3. */
export function operationOf({
  method,
  url,
  rawPath,
  headers,
}: RequestLine): S3Operation | typeof UNSUPPORTED | undefined {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?([^]*)$/.exec(rawPath) ?? []
  if (bucket === '') return method === 'GET' && rawPath === '/' ? 'ListBuckets' : undefined
  if (!/^(?:GET|HEAD|PUT|POST|DELETE)$/.test(method)) return undefined
  const names = [...new Set(url.searchParams.keys())].filter((name) => SUBRESOURCES.has(name)).toSorted()
  const operations = key === '' ? BUCKET_OPERATIONS : OBJECT_OPERATIONS
  const operation = operations[[method, ...names].join(' ')]
  const isCopy = headers['x-amz-copy-source'] !== undefined
  if (operation === 'PutObject' && isCopy) return 'CopyObject'
  if (operation === 'UploadPart' && isCopy) return 'UploadPartCopy'
  if (operation === 'ListObjects' && url.searchParams.get('list-type') === '2') return 'ListObjectsV2'
  return operation ?? UNSUPPORTED
}

/** True where the bucket's name stands in the host, which the simulator does not read: `bucket.localhost`, `bucket.s3.amazonaws.com`. */
export function isVirtualHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return name.endsWith('.localhost') || /\.\d+\.\d+\.\d+\.\d+$/.test(name) || /^.+\.s3[.-].*amazonaws\.com/.test(name)
}
