import type { Exchange } from '../ground/exchange.ts'
import { PageTokenError, pageOf, type Page } from '../ground/pages.ts'
import { BlobError, queryError } from './blob-error.ts'
import { element, escapeXml } from './xml.ts'

const MAX_RESULTS = 5000

/** What a page is cut from. */
export interface PageRequest<T> {
  /** By name. */
  readonly items: readonly T[]
  readonly query: URLSearchParams
  /** What the list shows. */
  readonly list: string
  readonly keyOf: (item: T) => string
}

/** The page that `marker` and `maxresults` of a query ask for. Throws a `BlobError` for those that cannot be. */
export function pageFor<T>({ items, query, list, keyOf }: PageRequest<T>): Page<T> {
  const maxResults = query.get('maxresults') ?? `${MAX_RESULTS}`
  if (!/^\d{1,9}$/.test(maxResults)) throw queryError('maxresults', maxResults, 'It is a number.')
  if (Number(maxResults) === 0) {
    throw new BlobError('OutOfRangeQueryParameterValue', {
      details: {
        QueryParameterName: 'maxresults',
        QueryParameterValue: maxResults,
        MinimumAllowed: '1',
        MaximumAllowed: `${MAX_RESULTS}`,
      },
    })
  }
  const marker = query.get('marker') ?? ''
  try {
    const size = Math.min(Number(maxResults), MAX_RESULTS)
    return pageOf(items, { size, list, keyOf, ...(marker !== '' && { token: marker }) })
  } catch (error) {
    if (error instanceof PageTokenError) throw queryError('marker', marker, error.message)
    throw error
  }
}

/** What a list is answered with. */
export interface ListAnswer {
  readonly account: string
  /** Of a list of blobs. */
  readonly container?: string
  /** The element of the items. */
  readonly content: string
  /** The marker of the next page. */
  readonly next: string | undefined
}

/** The element around a page, which says what was asked for. */
export function listElement(exchange: Exchange, { account, container, content, next = '' }: ListAnswer): string {
  const endpoint = escapeXml(`http://${exchange.header('host') ?? ''}/${account}/`)
  const of = container === undefined ? '' : ` ContainerName="${escapeXml(container)}"`
  const query = exchange.url.searchParams
  const asked = Object.entries({ Prefix: 'prefix', Marker: 'marker', MaxResults: 'maxresults', Delimiter: 'delimiter' })
    .map(([name, parameter]) => element(name, query.get(parameter) ?? undefined))
    .join('')
  return `<EnumerationResults ServiceEndpoint="${endpoint}"${of}>${asked}${content}${element('NextMarker', next)}</EnumerationResults>`
}
