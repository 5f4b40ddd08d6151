import { buffer } from 'node:stream/consumers'

import type { AnswerHeaders, Exchange } from '../ground/exchange.ts'
import type { ByteRange, StoredVersion } from '../objects/object-store.ts'
import { BlobError } from './blob-error.ts'
import { answer, commonHeaders, target, versionHeaders, type BlobCall } from './blob-call.ts'
import { recordOf, taggedBlob } from './blob-record.ts'
import { byteRangeOf } from './byte-range.ts'
import { crc64Of, md5Of, sumsOf } from './checksums.ts'
import { checkRead, conditionsOf } from './conditions.ts'
import { metadataHeaders } from './user-metadata.ts'

/** As much is hashed for a read, where it asks for that. */
const MAX_HASHED_RANGE = 4 * 1024 * 1024

/** Get Blob: all of it, or a range. */
export async function getBlob(call: BlobCall): Promise<void> {
  const { exchange } = call
  const blob = readable(call)
  const range = byteRangeOf(exchange, blob.size)
  const sums = await rangeSums(exchange, blob, range)
  const headers: AnswerHeaders = { ...blobHeaders(blob), ...call.access.headers }
  if (range === undefined) {
    await exchange.stream(200, { ...commonHeaders(exchange), ...headers, 'Content-Length': blob.size }, () =>
      blob.open(),
    )
    return
  }
  // The whole blob's MD5 has another name beside a range.
  const { 'Content-MD5': md5, ...others } = headers
  const { start, end } = range
  const answered: AnswerHeaders = {
    ...commonHeaders(exchange),
    ...others,
    ...(md5 !== undefined && { 'x-ms-blob-content-md5': md5 }),
    ...sums,
    'Content-Range': `bytes ${start}-${end}/${blob.size}`,
    'Content-Length': end - start + 1,
  }
  await exchange.stream(206, answered, () => blob.open(range))
}

/** Get Blob Properties. */
export async function getBlobProperties(call: BlobCall): Promise<void> {
  const blob = readable(call)
  const { type } = recordOf(blob)
  const tier = type === 'BlockBlob' ? { 'x-ms-access-tier': 'Hot', 'x-ms-access-tier-inferred': 'true' } : {}
  answer(call.exchange, 200, { ...blobHeaders(blob), ...call.access.headers, ...tier, 'Content-Length': blob.size })
}

/** Get Blob Metadata. */
export async function getBlobMetadata(call: BlobCall): Promise<void> {
  const blob = readable(call)
  answer(call.exchange, 200, { ...versionHeaders(blob), ...metadataHeaders(recordOf(blob).metadata) })
}

function readable(call: BlobCall): StoredVersion {
  const { container, name } = target(call)
  const blob = container.blob(name)
  checkRead(conditionsOf(call.exchange), taggedBlob(blob))
  return blob
}

function blobHeaders(blob: StoredVersion): AnswerHeaders {
  const { type, createdAt, headers, metadata, appended, copy } = recordOf(blob)
  return {
    ...versionHeaders(blob),
    ...headers,
    ...metadataHeaders(metadata),
    'Accept-Ranges': 'bytes',
    'x-ms-blob-type': type,
    'x-ms-creation-time': new Date(createdAt).toUTCString(),
    'x-ms-lease-status': 'unlocked',
    'x-ms-lease-state': 'available',
    'x-ms-server-encrypted': 'true',
    ...(type === 'AppendBlob' && { 'x-ms-blob-committed-block-count': appended }),
    ...(copy !== undefined && {
      'x-ms-copy-id': copy.id,
      'x-ms-copy-status': 'success',
      'x-ms-copy-source': copy.source,
      'x-ms-copy-progress': `${blob.size}/${blob.size}`,
      'x-ms-copy-completion-time': new Date(copy.completedAt).toUTCString(),
    }),
  }
}

/** Throws a `BlobError` where they cannot be had. */
async function rangeSums(
  exchange: Exchange,
  blob: StoredVersion,
  range: ByteRange | undefined,
): Promise<Readonly<Record<string, string>>> {
  const wantsMd5 = exchange.header('x-ms-range-get-content-md5') === 'true'
  const wantsCrc64 = exchange.header('x-ms-range-get-content-crc64') === 'true'
  if (!wantsMd5 && !wantsCrc64) return {}
  if (wantsMd5 && wantsCrc64) throw new BlobError('InvalidInput')
  if (range === undefined || range.end - range.start >= MAX_HASHED_RANGE) throw new BlobError('OutOfRangeInput')
  const { md5, crc64nvme } = sumsOf(await buffer(blob.open(range)))
  return wantsMd5 ? { 'Content-MD5': md5Of(md5) } : { 'x-ms-content-crc64': crc64Of(crc64nvme) }
}
