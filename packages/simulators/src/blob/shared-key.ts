import { createHmac } from 'node:crypto'

import type { Exchange } from '../ground/exchange.ts'

/** The key of every account: the one that Microsoft documents for its storage emulator. It opens nothing else. */
export const BLOB_TEST_KEY: string =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** In the order in which they are signed. */
const SIGNED_HEADERS: readonly string[] = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
]

/** Base64, by the key of every account. */
export function signWithTestKey(text: string): string {
  return createHmac('sha256', Buffer.from(BLOB_TEST_KEY, 'base64')).update(text).digest('base64')
}

/** What a request is signed by, as SharedKey of service version 2015-02-21 and later has it. */
export function stringToSign(exchange: Exchange, account: string): string {
  const headers = SIGNED_HEADERS.map((name) => {
    const value = exchange.header(name) ?? ''
    return name === 'content-length' && value === '0' ? '' : value
  })
  return [exchange.method, ...headers, ...serviceHeaders(exchange), ...resource(exchange, account)].join('\n')
}

function serviceHeaders(exchange: Exchange): readonly string[] {
  const names = Object.keys(exchange.request.headersDistinct).filter((name) => name.startsWith('x-ms-'))
  // As words are sorted, not bytes: hyphens do not count.
  return names
    .toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1))
    .map((name) => `${name}:${(exchange.header(name) ?? '').trim()}`)
}

/** An underscore comes before digits and letters. */
function sortKey(name: string): string {
  return name.replaceAll('-', '').replaceAll('_', '!')
}

/** A path that begins with the account has it twice. A parameter without a value is signed too: `prefix:`. */
function resource({ rawPath, url }: Exchange, account: string): readonly string[] {
  const query = [...Map.groupBy(url.searchParams, ([name]) => name.toLowerCase())]
    .map(([name, entries]) => ({ name, values: entries.map(([, value]) => value).toSorted() }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ name, values }) => `${name}:${values.join(',')}`)
  return [`/${account}${rawPath}`, ...query]
}
