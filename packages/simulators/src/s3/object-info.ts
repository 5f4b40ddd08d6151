import type { Exchange } from '../ground/exchange.ts'
import type { StoredVersion } from '../objects/object-store.ts'
import type { Checksum } from './checksum.ts'
import { invalidArgument, notImplemented, S3Error } from './s3-error.ts'

/** What S3 keeps of an object beside its bytes. */
export interface ObjectInfo {
  /** Without quotes. */
  readonly etag: string
  readonly checksum: Checksum
  readonly attributes: ObjectAttributes
  /** Of an object that came in parts: each, in its order. */
  readonly parts?: readonly ObjectPart[]
}

/** A part of an object. */
export interface ObjectPart {
  /** In bytes. */
  readonly size: number
  /** By the object's algorithm, base64, where its checksum is one of the sums of the parts. */
  readonly checksum?: string
}

/** What who writes an object says of it. */
export interface ObjectAttributes {
  /** The answer's headers, in small letters: `content-type`, `cache-control`, … */
  readonly headers: Readonly<Record<string, string>>
  /** With `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
  readonly storageClass: string
}

/** As `Bucket.commit` takes it. */
export function metadataOf(info: ObjectInfo): Readonly<Record<string, unknown>> {
  return { ...info }
}

/** Of a version that this service has written. */
export function infoOf(version: StoredVersion): ObjectInfo {
  return version.metadata as unknown as ObjectInfo
}

const SYSTEM_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  'x-amz-website-redirect-location',
] as const

const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
])
const MAX_METADATA_BYTES = 2048

/** Headers that change what a write means, and that the simulator does not know. */
const UNSUPPORTED =
  /^x-amz-(?:server-side-encryption-customer-|server-side-encryption-(?:aws|bucket|context)|copy-source-server-side|object-lock-|tagging$|grant-|write-offset-bytes)/

/** Of the request that writes an object. Throws for headers that the simulator cannot do, and for too much metadata. */
export function attributesOf(exchange: Exchange): ObjectAttributes {
  checkSupported(exchange)
  const headers: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  for (const name of SYSTEM_HEADERS) {
    const value = exchange.header(name)
    if (value !== undefined && value !== '') headers[name] = value
  }
  const encodings = (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim())
  const kept = encodings.filter((encoding) => encoding !== '' && encoding !== 'aws-chunked').join(',')
  if (kept === '') delete headers['content-encoding']
  else headers['content-encoding'] = kept
  const metadata: Record<string, string> = {}
  for (const name of Object.keys(exchange.request.headers)) {
    if (name.startsWith('x-amz-meta-')) metadata[name] = exchange.header(name) ?? ''
  }
  checkSize(metadata)
  const storageClass = exchange.header('x-amz-storage-class') ?? 'STANDARD'
  if (/^(?:GLACIER|DEEP_ARCHIVE)$/.test(storageClass)) throw notImplemented(`the storage class ${storageClass}`)
  if (!STORAGE_CLASSES.has(storageClass)) {
    throw new S3Error('InvalidStorageClass', { details: [['StorageClassRequested', storageClass]] })
  }
  return { headers, metadata, storageClass }
}

function checkSupported(exchange: Exchange): void {
  const name = Object.keys(exchange.request.headers).find((one) => UNSUPPORTED.test(one))
  if (name !== undefined) throw notImplemented(name)
  const tagging = exchange.header('x-amz-tagging-directive')?.toUpperCase() ?? 'COPY'
  if (tagging !== 'COPY' && tagging !== 'REPLACE') {
    throw invalidArgument('x-amz-tagging-directive', tagging, 'Unknown tagging directive.')
  }
  const encryption = exchange.header('x-amz-server-side-encryption') ?? 'AES256'
  if (encryption !== 'AES256') throw notImplemented(`x-amz-server-side-encryption: ${encryption}`)
  const acl = exchange.header('x-amz-acl') ?? 'bucket-owner-full-control'
  if (acl !== 'bucket-owner-full-control') throw new S3Error('AccessControlListNotSupported')
}

function checkSize(metadata: Readonly<Record<string, string>>): void {
  // Node.js reads each byte of a header as a character.
  const size = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + name.length - 'x-amz-meta-'.length + value.length,
    0,
  )
  if (size <= MAX_METADATA_BYTES) return
  throw new S3Error('MetadataTooLarge', {
    details: [
      ['Size', size],
      ['MaxSizeAllowed', MAX_METADATA_BYTES],
    ],
  })
}

/** What an answer says of an object, but for its checksum. */
export function objectHeaders(version: StoredVersion): Readonly<Record<string, string>> {
  const { etag, attributes } = infoOf(version)
  return {
    ...attributes.headers,
    ...attributes.metadata,
    'Last-Modified': new Date(version.createdAt).toUTCString(),
    ETag: `"${etag}"`,
    'Accept-Ranges': 'bytes',
    'x-amz-server-side-encryption': 'AES256',
    ...(attributes.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': attributes.storageClass }),
  }
}

/** A time as S3's documents write it: of full seconds. */
export function isoTime(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString()
}
