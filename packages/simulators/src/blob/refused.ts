import type { Exchange } from '../ground/exchange.ts'
import { BlobError, headerError, queryError } from './blob-error.ts'

/** They change what a request means, and the simulator does not have them: better refused than not done. */
const HEADERS: readonly string[] = [
  'x-ms-access-tier',
  'x-ms-blob-public-access',
  'x-ms-encryption-key',
  'x-ms-encryption-scope',
  'x-ms-expiry-option',
  'x-ms-if-tags',
  'x-ms-immutability-policy-mode',
  'x-ms-immutability-policy-until-date',
  'x-ms-lease-id',
  'x-ms-legal-hold',
  'x-ms-source-content-crc64',
  'x-ms-source-if-tags',
  'x-ms-structured-body',
  'x-ms-tags',
]
const PARAMETERS: readonly string[] = ['snapshot', 'versionid', 'endbefore', 'startfrom']

/** The error of an operation that the simulator does not have. */
export function unsupported(exchange: Exchange): BlobError {
  const { method, url } = exchange
  const source = exchange.header('x-ms-copy-source')
  if (source !== undefined && method === 'PUT') {
    const details = { HeaderName: 'x-ms-copy-source', HeaderValue: source }
    return new BlobError('UnsupportedHeader', { details })
  }
  for (const name of ['comp', 'restype']) {
    const value = url.searchParams.get(name)
    if (value === null) continue
    const details = { QueryParameterName: name, QueryParameterValue: value }
    return new BlobError('UnsupportedQueryParameter', { details })
  }
  return new BlobError('UnsupportedHttpVerb')
}

/** Throws a `BlobError` for what a request asks of features that the simulator does not have. */
export function refuseFeatures(exchange: Exchange): void {
  for (const name of HEADERS) {
    const value = exchange.header(name)
    if (value !== undefined) throw headerError(name, value, `The simulator does not have ${name}.`)
  }
  for (const name of PARAMETERS) {
    const value = exchange.url.searchParams.get(name)
    if (value !== null && value !== '') throw queryError(name, value, 'The simulator does not have it.')
  }
}
