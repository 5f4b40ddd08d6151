import type { Exchange } from '../ground/exchange.ts'
import type { StoredVersion } from '../objects/object-store.ts'
import { checkMd5Form } from './checksums.ts'
import type { Tagged } from './conditions.ts'
import { etagOf } from './etag.ts'
import type { UserMetadata } from './user-metadata.ts'

/** A block of a blob. */
export interface CommittedBlock {
  /** Base64. */
  readonly id: string
  /** In bytes. */
  readonly size: number
}

/** Where a blob was copied from. */
export interface CopyRecord {
  readonly id: string
  readonly source: string
  /** In milliseconds since 1970. */
  readonly completedAt: number
}

/** The headers that are kept with a blob, by their names in an answer. */
export type BlobHttpHeaders = Readonly<Record<string, string>>

/** What the service keeps with the bytes of a blob. */
export interface BlobRecord {
  readonly type: 'BlockBlob' | 'AppendBlob'
  /** In milliseconds since 1970. */
  readonly createdAt: number
  readonly headers: BlobHttpHeaders
  readonly metadata: UserMetadata
  /** In their order; none of a blob that was put at once. */
  readonly blocks: readonly CommittedBlock[]
  /** How often an append blob was appended to. */
  readonly appended: number
  readonly copy?: CopyRecord
}

const DEFAULT_TYPE = 'application/octet-stream'

/** By the header of a request that sets it. */
const SETTERS: Readonly<Record<string, string>> = {
  'x-ms-blob-cache-control': 'Cache-Control',
  'x-ms-blob-content-disposition': 'Content-Disposition',
  'x-ms-blob-content-encoding': 'Content-Encoding',
  'x-ms-blob-content-language': 'Content-Language',
  'x-ms-blob-content-md5': 'Content-MD5',
  'x-ms-blob-content-type': 'Content-Type',
}
/** Those that Put Blob takes from the headers of the body too. */
const OF_BODY: readonly string[] = ['Cache-Control', 'Content-Encoding', 'Content-Language', 'Content-Type']

/**
 * The headers that a request sets. `ofBody`: what it says about its body is of the blob too. Throws a `BlobError` for an MD5 that
 * cannot be.
 */
export function httpHeadersOf(exchange: Exchange, { ofBody }: { readonly ofBody: boolean }): BlobHttpHeaders {
  const headers: Record<string, string> = { 'Content-Type': DEFAULT_TYPE }
  for (const [setter, name] of Object.entries(SETTERS)) {
    const value = exchange.header(setter) ?? (ofBody && OF_BODY.includes(name) ? exchange.header(name) : undefined)
    if (value !== undefined && value !== '') headers[name] = value
  }
  if (headers['Content-MD5'] !== undefined) checkMd5Form(headers['Content-MD5'])
  return headers
}

/** Of a version that the service stored. */
export function recordOf({ metadata }: StoredVersion): BlobRecord {
  return metadata['blob'] as BlobRecord
}

/** For conditions. */
export function taggedBlob(version: StoredVersion): Tagged
export function taggedBlob(version: StoredVersion | undefined): Tagged | undefined
export function taggedBlob(version: StoredVersion | undefined): Tagged | undefined {
  return version && { etag: etagOf(version.generation), modifiedAt: version.createdAt }
}
