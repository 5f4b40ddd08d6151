import type { AnswerHeaders, Exchange } from '../ground/exchange.ts'
import type { StoredVersion } from '../objects/object-store.ts'
import { BlobError, headerError } from './blob-error.ts'
import type { Container, Containers } from './containers.ts'
import { etagOf } from './etag.ts'
import type { Resource } from './resource.ts'
import { document } from './xml.ts'
import type { GrantedAccess } from './granted-access.ts'

/** What is answered to a request that asks for no version. */
const DEFAULT_VERSION = '2025-11-05'
/** The first that had names in this form. */
const FIRST_VERSION = Date.parse('2009-09-19')
const YEAR_MS = 365 * 24 * 3_600_000
const VERSION = /^\d{4}-\d{2}-\d{2}$/
const CLIENT_REQUEST_ID = /^[\u0020-\u007e]{1,1024}$/

/** A request, with what it is about, before its credentials were read. */
export interface BlobRequest {
  readonly exchange: Exchange
  readonly containers: Containers
  readonly resource: Resource
}

/** A request that may be done. */
export interface BlobCall extends BlobRequest {
  readonly access: GrantedAccess
}

/** The container and the blob's name. Throws `ContainerNotFound`. */
export function target({ containers, resource }: BlobCall): { readonly container: Container; readonly name: string } {
  const { account, container = '', blob = '' } = resource
  return { container: containers.get(account, container), name: blob }
}

/** The container. Throws `ContainerNotFound`. */
export function targetContainer(call: BlobCall): Container {
  return target(call).container
}

/**
 * Throws `InvalidHeaderValue` for a version that cannot be. Versions are called by dates, some months ahead of their release: what is a year
 * ahead of the machine's clock is none.
 */
export function checkVersion(exchange: Exchange): void {
  const version = exchange.header('x-ms-version')
  if (version === undefined) return
  const time = VERSION.test(version) ? Date.parse(version) : Number.NaN
  if (time >= FIRST_VERSION && time <= Date.now() + YEAR_MS) return
  throw headerError('x-ms-version', version)
}

/** What every answer has. */
export function commonHeaders(exchange: Exchange, requestId: string = crypto.randomUUID()): AnswerHeaders {
  const version = exchange.header('x-ms-version') ?? ''
  const clientRequestId = exchange.header('x-ms-client-request-id') ?? ''
  return {
    'x-ms-request-id': requestId,
    'x-ms-version': VERSION.test(version) ? version : DEFAULT_VERSION,
    ...(CLIENT_REQUEST_ID.test(clientRequestId) && { 'x-ms-client-request-id': clientRequestId }),
  }
}

/** What every answer about a version of a blob has. */
export function versionHeaders({ generation, createdAt }: StoredVersion): AnswerHeaders {
  return { ETag: etagOf(generation), 'Last-Modified': new Date(createdAt).toUTCString() }
}

/** Answers without a body. */
export function answer(exchange: Exchange, status: number, headers: AnswerHeaders = {}): void {
  exchange.send(status, { ...commonHeaders(exchange), ...headers })
}

/** Answers with a document. */
export function answerXml(exchange: Exchange, content: string, headers: AnswerHeaders = {}): void {
  const type = { 'Content-Type': 'application/xml' }
  exchange.send(200, { ...commonHeaders(exchange), ...type, ...headers }, document(content))
}

/** Of a body that the request has to have. Throws a `BlobError` where it is absent or above `limit`. */
export function contentLength(exchange: Exchange, limit: number): number {
  const value = exchange.header('content-length')
  if (value === undefined) throw new BlobError('MissingContentLengthHeader')
  if (Number(value) > limit) throw new BlobError('RequestBodyTooLarge', { details: { MaxLimit: `${limit}` } })
  return Number(value)
}

/** A header that the request has to have. Throws `MissingRequiredHeader`. */
export function requiredHeader(exchange: Exchange, name: string): string {
  const value = exchange.header(name)
  if (value === undefined) throw new BlobError('MissingRequiredHeader', { details: { HeaderName: name } })
  return value
}
