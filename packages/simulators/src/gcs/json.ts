import type { AnswerHeaders, Exchange } from '../ground/exchange.ts'
import { GcsError, invalid } from './gcs-error.ts'

/** More than any resource of a request has. */
const MAX_JSON_BYTES = 1024 * 1024

export const JSON_HEADERS: AnswerHeaders = {
  'Content-Type': 'application/json; charset=UTF-8',
  'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate',
}

/** The resource of a request, into the call log too. None: an empty one. Throws a 400 for what is no object, a 413 for too much. */
export async function readJson(exchange: Exchange): Promise<Readonly<Record<string, unknown>>> {
  try {
    return parseJson(exchange, await exchange.bytes(MAX_JSON_BYTES))
  } catch (error) {
    if (error instanceof RangeError) throw new GcsError(413, [{ reason: 'uploadTooLarge', message: error.message }])
    throw error
  }
}

/** The same, of bytes that were read already. */
export function parseJson(exchange: Exchange, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const text = Buffer.from(bytes).toString().trim()
  const value = parse(text === '' ? '{}' : text)
  exchange.call.request = value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('The resource is no object.')
  return value as Readonly<Record<string, unknown>>
}

/** Answers with a resource. */
export function sendJson(
  exchange: Exchange,
  resource: Readonly<Record<string, unknown>>,
  headers: AnswerHeaders = {},
): void {
  const { etag } = resource
  const etags = typeof etag === 'string' ? { ETag: etag } : {}
  exchange.send(200, { ...JSON_HEADERS, ...etags, ...headers }, JSON.stringify(resource))
}

/** The server that the client has called. */
export function hostOf(exchange: Exchange): string {
  return exchange.header('host') ?? 'localhost'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new GcsError(400, [{ reason: 'parseError', message: `Parse Error: ${error.message}` }])
  }
}
