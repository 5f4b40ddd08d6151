import type { StoredVersion } from '../objects/object-store.ts'
import { rangeOf } from './byte-range.ts'
import { checksumHeaders, checksumOf, DEFAULT_ALGORITHM, type Checksum } from './checksum.ts'
import { deleteCondition, preconditionFailed, readConditions, readStatus, writeCondition } from './conditions.ts'
import { attributesOf, infoOf, metadataOf, objectHeaders } from './object-info.ts'
import { receive } from './payload.ts'
import { requestIds, type S3Call } from './s3-call.ts'
import { invalidArgument, notImplemented, S3Error } from './s3-error.ts'

/** What `response-content-type` and others of the query replace in the answer. */
const OVERRIDES = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
] as const

/** Stores the body as an object; nothing of it where anything is wrong. */
export async function putObject(call: S3Call): Promise<void> {
  const bucket = call.bucket()
  const attributes = attributesOf(call)
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
  const range = rangeOf(call.header('range'), version.size)
  const headers = { ...requestIds(), ...readHeaders(call, version, range === undefined), ...overrides(call) }
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

/** Throws where the request asks for one of several versions, which no bucket here has. */
export function checkVersion(call: S3Call): void {
  const version = call.query('versionId')
  if (version === undefined || version === 'null') return
  throw invalidArgument('versionId', version, 'Invalid version id specified')
}

function readable(call: S3Call): StoredVersion {
  checkVersion(call)
  if (call.query('partNumber') !== undefined) throw notImplemented('partNumber of a read')
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

/** The checksum is that of the whole object: with some of its bytes it would mislead. */
function readHeaders(call: S3Call, version: StoredVersion, isWhole: boolean): Readonly<Record<string, string>> {
  const isAsked = call.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  return objectHeaders(version, { withChecksum: isAsked && isWhole })
}

function overrides(call: S3Call): Readonly<Record<string, string>> {
  const asked = OVERRIDES.map((name) => [name, call.query(`response-${name}`)] as const)
  return Object.fromEntries(asked.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
