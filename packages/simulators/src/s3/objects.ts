import type { ByteRange, StoredVersion } from '../objects/object-store.ts'
import { rangeOf } from './byte-range.ts'
import { checksumHeaders, checksumOf, DEFAULT_ALGORITHM, type Checksum } from './checksum.ts'
import {
  checkVersion,
  deleteCondition,
  matches,
  preconditionFailed,
  readConditions,
  readStatus,
  writeCondition,
} from './conditions.ts'
import { attributesOf, infoOf, metadataOf, objectHeaders } from './object-info.ts'
import { wantedPart, type WantedPart } from './object-parts.ts'
import { receive } from './payload.ts'
import { requestIds, type S3Call } from './s3-call.ts'
import { invalidArgument, S3Error } from './s3-error.ts'

/** What `response-content-type` and others of the query replace in the answer. */
const OVERRIDES = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
] as const

/** What a header can hold. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/

/** Stores the body as an object; nothing of it where anything is wrong. */
export async function putObject(call: S3Call): Promise<void> {
  const bucket = call.bucket()
  const attributes = attributesOf(call.exchange)
  const condition = writeCondition(call, bucket.get(call.key))
  const { bytes, checksum: given } = await receive(call, bucket)
  try {
    const algorithm = given?.algorithm ?? DEFAULT_ALGORITHM
    const value = given?.value ?? (await checksumOf(bytes, algorithm))
    const checksum: Checksum = { algorithm, value, type: 'FULL_OBJECT' }
    const etag = bytes.md5
    await bucket.commit(call.key, [bytes], metadataOf({ etag, checksum, attributes }), condition)
    call.answer(200, { ETag: `"${etag}"`, 'x-amz-server-side-encryption': 'AES256', ...checksumHeaders(checksum) })
  } catch (error) {
    await bytes.discard()
    throw error
  }
}

/** Answers with the bytes, or some of them. */
export async function getObject(call: S3Call): Promise<void> {
  const version = readable(call)
  const part = wantedPart(call, version)
  const range = part === undefined ? wantedRange(call, version) : part.range
  const headers = { ...requestIds(), ...readHeaders(call, version, { range, part }), ...overrides(call) }
  if (range === undefined) {
    await call.exchange.stream(200, { ...headers, 'Content-Length': version.size }, () => version.open())
    return
  }
  const { start, end } = range
  await call.exchange.stream(
    206,
    { ...headers, 'Content-Length': end - start + 1, 'Content-Range': `bytes ${start}-${end}/${version.size}` },
    () => version.open(range),
  )
}

/** Answers with all but the bytes. */
export async function headObject(call: S3Call): Promise<void> {
  await getObject(call)
}

/** Deletes the object. That there is none is as good, unless the request has a condition. */
export function deleteObject(call: S3Call): void {
  checkVersion(call)
  call.bucket().delete(call.key, deleteCondition(call.header('if-match'), call.key))
  call.answer(204)
}

function readable(call: S3Call): StoredVersion {
  checkVersion(call)
  const version = call.object()
  const { etag } = infoOf(version)
  const conditions = readConditions(call)
  const status = readStatus(conditions, etag, version.createdAt)
  if (status === 304) {
    const { ETag = '', 'Last-Modified': modified = '' } = objectHeaders(version)
    throw new S3Error('NotModified', { headers: { ETag, 'Last-Modified': modified } })
  }
  if (status === 412) throw preconditionFailed(conditions.ifMatch === undefined ? 'If-Unmodified-Since' : 'If-Match')
  return version
}

/** With `If-Range`, a range of what is as the client knows it; else all. */
function wantedRange(call: S3Call, version: StoredVersion): ByteRange | undefined {
  const ifRange = call.header('if-range')
  const isTag = ifRange?.includes('"') === true
  const modified = Math.floor(version.createdAt / 1000) * 1000
  const isSame =
    ifRange === undefined || (isTag ? matches(ifRange, infoOf(version).etag) : modified === Date.parse(ifRange))
  return isSame ? rangeOf(call.header('range'), version.size) : undefined
}

/** The checksum is that of the whole object, or of the part: with some of the bytes it would mislead. */
function readHeaders(
  call: S3Call,
  version: StoredVersion,
  { range, part }: { readonly range: ByteRange | undefined; readonly part: WantedPart | undefined },
): Readonly<Record<string, string>> {
  const isAsked = call.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  const checksum = part === undefined ? (range === undefined ? infoOf(version).checksum : undefined) : part.checksum
  return {
    ...objectHeaders(version),
    ...(isAsked && checksum !== undefined ? checksumHeaders(checksum) : {}),
    ...(part?.count === undefined ? {} : { 'x-amz-mp-parts-count': `${part.count}` }),
  }
}

function overrides(call: S3Call): Readonly<Record<string, string>> {
  const asked = OVERRIDES.flatMap((name) => {
    const value = call.query(`response-${name}`)
    if (value === undefined) return []
    if (!HEADER_VALUE.test(value)) {
      throw invalidArgument(`response-${name}`, value, 'Header value cannot be represented using ISO-8859-1.')
    }
    return [[name, value]]
  })
  return Object.fromEntries(asked) as Readonly<Record<string, string>>
}
