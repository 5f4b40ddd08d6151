import { PageTokenError, pageOf } from '../ground/pages.ts'
import { compareUtf8 } from '../ground/utf8-order.ts'
import type { StoredVersion } from '../objects/object-store.ts'
import { invalid, notImplemented } from './gcs-error.ts'
import { booleanParameter, pageSizeParameter, textParameter } from './parameters.ts'

/** What a list asks for. */
export interface ListQuery {
  readonly prefix: string
  /** Empty: none. */
  readonly delimiter: string
  /** The first name that may come. */
  readonly startOffset: string
  /** The first name that may not. Empty: none. */
  readonly endOffset: string
  /** True: an object whose name is a prefix comes too. */
  readonly includeTrailingDelimiter: boolean
  readonly pageSize: number
  readonly pageToken: string | undefined
}

/** A page: objects, and the names of folders. */
export interface ListPage {
  readonly versions: readonly StoredVersion[]
  readonly prefixes: readonly string[]
  /** Absent on the last page. */
  readonly next?: string
}

/** Throws a 400 for wrong values, and a 501 for what no bucket of the simulator has. */
export function readListQuery(query: URLSearchParams): ListQuery {
  for (const name of ['matchGlob', 'filter'])
    if (textParameter(query, name) !== undefined) throw notImplemented(`the parameter ${name}`)
  for (const name of ['softDeleted', 'includeFoldersAsPrefixes']) {
    if (booleanParameter(query, name)) throw notImplemented(`the parameter ${name}`)
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startOffset: query.get('startOffset') ?? '',
    endOffset: query.get('endOffset') ?? '',
    includeTrailingDelimiter: booleanParameter(query, 'includeTrailingDelimiter'),
    pageSize: pageSizeParameter(query),
    pageToken: textParameter(query, 'pageToken'),
  }
}

/** Cuts a page out of all versions with the prefix. Throws a 400 for a token that this list did not give out. */
export function listPage(versions: readonly StoredVersion[], { pageSize, pageToken, ...list }: ListQuery): ListPage {
  const page = pageOrInvalid(() =>
    pageOf(entriesOf(versions, list), { size: pageSize, token: pageToken, list: JSON.stringify(list), keyOf }),
  )
  return {
    versions: page.items.filter((entry) => typeof entry !== 'string'),
    prefixes: page.items.filter((entry) => typeof entry === 'string'),
    ...(page.next !== undefined && { next: page.next }),
  }
}

/** A token that is none is the client's mistake. */
export function pageOrInvalid<T>(cut: () => T): T {
  try {
    return cut()
  } catch (error) {
    if (error instanceof PageTokenError) throw invalid('Invalid page token.', 'pageToken')
    throw error
  }
}

/** The names of folders are texts. All in the order of their keys. */
function entriesOf(
  versions: readonly StoredVersion[],
  list: Omit<ListQuery, 'pageSize' | 'pageToken'>,
): readonly (StoredVersion | string)[] {
  const { prefix, delimiter, startOffset, endOffset, includeTrailingDelimiter } = list
  const entries: (StoredVersion | string)[] = []
  let last: string | undefined
  for (const version of versions) {
    const { key } = version
    if (compareUtf8(key, startOffset) < 0 || (endOffset !== '' && compareUtf8(key, endOffset) >= 0)) continue
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const folder = at < 0 ? undefined : key.slice(0, at + delimiter.length)
    if (folder !== undefined && folder !== last) {
      entries.push(folder)
      last = folder
    }
    if (folder === undefined || (includeTrailingDelimiter && folder === key)) entries.push(version)
  }
  return entries
}

/** An object comes after the folder of the same name. */
function keyOf(entry: StoredVersion | string): string {
  return typeof entry === 'string' ? entry : `${entry.key}\0`
}
