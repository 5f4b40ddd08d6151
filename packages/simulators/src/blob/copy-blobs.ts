import { randomUUID } from 'node:crypto'

import type { StoredVersion } from '../objects/object-store.ts'
import { BlobError, headerError } from './blob-error.ts'
import { answer, requiredHeader, target, versionHeaders, type BlobCall } from './blob-call.ts'
import { httpHeadersOf, recordOf, taggedBlob } from './blob-record.ts'
import { checkMd5, crc64Of, md5Of } from './checksums.ts'
import { checkReplace, checkSource, conditionsOf } from './conditions.ts'
import { resourceOf } from './resource.ts'
import { userMetadataOf } from './user-metadata.ts'

/** What Copy Blob From URL takes, in bytes. */
const MAX_SYNC_BYTES = 256 * 1024 * 1024

/** Copy Blob, which is done when it is answered, and Copy Blob From URL. From blobs of the same account only. */
export async function copyBlob(call: BlobCall): Promise<void> {
  const { exchange } = call
  const isSync = exchange.call.operation === 'CopyBlobFromURL'
  const { container, name } = target(call)
  const [metadata, conditions] = [userMetadataOf(exchange.request), conditionsOf(exchange)]
  const { url, blob: source } = await sourceOf(call, { isHashed: false })
  if (isSync && source.size > MAX_SYNC_BYTES) throw new BlobError('RequestBodyTooLarge')
  // From here to the write nothing is waited for, so that nothing else happens.
  checkReplace(call.access, conditions, taggedBlob(container.bucket.get(name)))
  const now = exchange.clock.now()
  const record = recordOf(source)
  const copy = { id: randomUUID(), source: url, completedAt: now }
  const version = await container.store(name, [source], {
    ...record,
    createdAt: now,
    metadata: Object.keys(metadata).length > 0 ? metadata : record.metadata,
    copy,
  })
  container.dropBlocks(name)
  answer(exchange, 202, {
    ...versionHeaders(version),
    'x-ms-copy-id': copy.id,
    'x-ms-copy-status': 'success',
    ...(isSync && { 'x-ms-content-crc64': crc64Of(version.crc64nvme) }),
  })
}

/** Put Blob From URL: a block blob of the bytes of another one of the account. */
export async function putBlobFromUrl(call: BlobCall): Promise<void> {
  const { exchange } = call
  const { container, name } = target(call)
  const type = requiredHeader(exchange, 'x-ms-blob-type')
  if (type !== 'BlockBlob') throw headerError('x-ms-blob-type', type)
  const [metadata, conditions] = [userMetadataOf(exchange.request), conditionsOf(exchange)]
  const headers = httpHeadersOf(exchange, { ofBody: false })
  const { blob: source } = await sourceOf(call, { isHashed: true })
  const md5 = { 'Content-MD5': md5Of(source.md5) }
  const copiesHeaders = exchange.header('x-ms-copy-source-blob-properties') !== 'false'
  // From here to the write nothing is waited for, so that nothing else happens.
  checkReplace(call.access, conditions, taggedBlob(container.bucket.get(name)))
  const version = await container.store(name, [source], {
    type: 'BlockBlob',
    createdAt: exchange.clock.now(),
    headers: { ...(copiesHeaders && recordOf(source).headers), ...givenOf(headers, call), ...md5 },
    metadata,
    blocks: [],
    appended: 0,
  })
  container.dropBlocks(name)
  answer(exchange, 201, {
    ...versionHeaders(version),
    ...md5,
    'x-ms-content-crc64': crc64Of(version.crc64nvme),
    'x-ms-request-server-encrypted': 'true',
  })
}

/** The default of a content type does not replace that of the source. */
function givenOf(headers: Readonly<Record<string, string>>, { exchange }: BlobCall): Readonly<Record<string, string>> {
  if (exchange.header('x-ms-blob-content-type') !== undefined) return headers
  const { 'Content-Type': _default, ...given } = headers
  return given
}

interface Source {
  /** Without what a SAS in it would give away. */
  readonly url: string
  readonly blob: StoredVersion
}

/** The source as it is, with what the request says that it hashes to. `isHashed`: its MD5 is needed in any case. */
async function sourceOf(call: BlobCall, { isHashed }: { readonly isHashed: boolean }): Promise<Source> {
  const md5 = call.exchange.header('x-ms-source-content-md5')
  let source = findSource(call)
  if (isHashed || md5 !== undefined) {
    // It may be replaced while it is read.
    for (let hashed: StoredVersion | undefined; hashed !== source.blob; source = findSource(call)) {
      hashed = source.blob
      await hashed.hash()
    }
  }
  if (md5 !== undefined) checkMd5(source.blob, md5)
  return source
}

function findSource({ exchange, containers, resource }: BlobCall): Source {
  const value = requiredHeader(exchange, 'x-ms-copy-source')
  if (!URL.canParse(value)) throw headerError('x-ms-copy-source', value)
  const { host, pathname, searchParams, origin } = new URL(value)
  if (searchParams.has('snapshot') || searchParams.has('versionid')) {
    throw headerError('x-ms-copy-source', value, 'The simulator has no snapshots and no versions.')
  }
  const { account, container = '', blob: name = '' } = resourceOf(pathname, false)
  // What another account has, this one may not see; what is elsewhere, the simulator does not fetch.
  const isHere = host === exchange.header('host') && account === resource.account
  const blob = isHere ? containers.find(account, container)?.bucket.get(name) : undefined
  if (blob === undefined) throw new BlobError('CannotVerifyCopySource')
  checkSource(conditionsOf(exchange, 'x-ms-source-'), taggedBlob(blob))
  return { url: `${origin}${pathname}`, blob }
}
