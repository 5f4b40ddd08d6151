import type { Readable } from 'node:stream'
import { Readable as Readables } from 'node:stream'
import { createGunzip } from 'node:zlib'

import type { AnswerHeaders } from '../ground/exchange.ts'
import type { GcsBuckets } from './buckets.ts'
import { readDownloadRange } from './byte-ranges.ts'
import type { GcsCall } from './gcs-call.ts'
import { GcsError } from './gcs-error.ts'
import { checkBeforeRead, checkEtags, readEtags, readPreconditions } from './preconditions.ts'
import { inUtf8 } from './header-text.ts'
import { generationParameter, getObject, type StoredObject } from './stored-object.ts'
import { checkXml, xmlHeaders } from './xml-api.ts'

/** Answers with the bytes of an object, or a range of them; unzipped, where it was stored zipped and the client cannot unzip. */
export async function download({ exchange, route, query }: GcsCall, buckets: GcsBuckets): Promise<void> {
  const object = getObject(buckets.get(route.bucket), route.object, generationParameter(query))
  if (route.isXml) await checkXml(exchange, object)
  else {
    checkBeforeRead(readPreconditions(query), object)
    checkEtags(readEtags(exchange), object.etag)
  }
  const headers = { ...(await headersOf(object)), ...(route.isXml && (await xmlHeaders(object, query))) }
  const { version, fields } = object
  if (isToBeUnzipped(object, exchange.header('accept-encoding'))) {
    const warning = { Warning: '214 UploadServer gunzipped' }
    await exchange.stream(200, { ...headers, ...warning }, () => unzipped(version.open()))
    return
  }
  const encoding = fields.contentEncoding === undefined ? {} : { 'Content-Encoding': inUtf8(fields.contentEncoding) }
  const range = readDownloadRange(exchange.header('range'), version.size)
  if (range === 'unsatisfiable') throw rangeNotSatisfiable(version.size)
  if (range === undefined) {
    const whole = { ...headers, ...encoding, 'Content-Length': version.size }
    await exchange.stream(200, whole, () => version.open())
    return
  }
  const { start, end } = range
  const part = { 'Content-Length': end - start + 1, 'Content-Range': `bytes ${start}-${end}/${version.size}` }
  await exchange.stream(206, { ...headers, ...encoding, ...part }, () => version.open(range))
}

async function headersOf(object: StoredObject): Promise<AnswerHeaders> {
  const { generation, metageneration, version, fields, contentType, storageClass, etag, createdAt } = object
  const { md5, crc32c } = await object.hashes()
  return {
    'Content-Type': inUtf8(contentType),
    'Accept-Ranges': 'bytes',
    'Cache-Control': inUtf8(fields.cacheControl) ?? 'no-cache, no-store, max-age=0, must-revalidate',
    ...(fields.contentDisposition !== undefined && { 'Content-Disposition': inUtf8(fields.contentDisposition) }),
    ...(fields.contentLanguage !== undefined && { 'Content-Language': inUtf8(fields.contentLanguage) }),
    ETag: etag,
    'Last-Modified': new Date(createdAt).toUTCString(),
    'X-Goog-Generation': generation,
    'X-Goog-Metageneration': metageneration,
    'X-Goog-Hash': md5 === undefined ? `crc32c=${crc32c}` : `crc32c=${crc32c},md5=${md5}`,
    'X-Goog-Storage-Class': storageClass,
    'X-Goog-Stored-Content-Encoding': inUtf8(fields.contentEncoding) ?? 'identity',
    'X-Goog-Stored-Content-Length': version.size,
  }
}

function isToBeUnzipped({ fields }: StoredObject, accepted: string | undefined): boolean {
  const { contentEncoding, cacheControl = '' } = fields
  return contentEncoding === 'gzip' && !cacheControl.includes('no-transform') && !/\bgzip\b/.test(accepted ?? '')
}

/** What says gzip and is none ends the connection. */
function unzipped(zipped: Readable): Readable {
  return Readables.from(unzip(zipped), { objectMode: false })
}

async function* unzip(zipped: Readable): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  zipped.once('error', (error) => gunzip.destroy(error))
  try {
    yield* zipped.pipe(gunzip) as AsyncIterable<Uint8Array>
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error
    throw Object.assign(new Error('the object is no gzip', { cause: error }), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  } finally {
    zipped.destroy()
  }
}

function rangeNotSatisfiable(size: number): GcsError {
  const message = 'The requested range cannot be satisfied.'
  const headers = { 'Content-Range': `bytes */${size}` }
  return new GcsError(416, [{ reason: 'requestedRangeNotSatisfiable', message }], headers)
}
