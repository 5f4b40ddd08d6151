import type { Exchange } from '../ground/exchange.ts'
import type { GrantedAccess } from './granted-access.ts'
import { BlobError, headerError } from './blob-error.ts'

/** What conditions are about: a blob or a container as it is. */
export interface Tagged {
  readonly etag: string
  /** In milliseconds since 1970. */
  readonly modifiedAt: number
}

/** What a request asks of what is there. */
export interface Conditions {
  /** Without quotes. */
  readonly ifMatch?: string | undefined
  /** Without quotes. */
  readonly ifNoneMatch?: string | undefined
  /** In milliseconds since 1970. */
  readonly ifModifiedSince?: number | undefined
  /** In milliseconds since 1970. */
  readonly ifUnmodifiedSince?: number | undefined
}

/** Reads the headers. `prefix`: `x-ms-source-` for those of a copy's source. Throws a `BlobError` for what cannot be read. */
export function conditionsOf(exchange: Exchange, prefix: '' | 'x-ms-source-' = ''): Conditions {
  const header = (name: string): string | undefined => exchange.header(`${prefix}${name}`)
  return {
    ifMatch: readTag(header('if-match')),
    ifNoneMatch: readTag(header('if-none-match')),
    ifModifiedSince: readTime(`${prefix}if-modified-since`, header('if-modified-since')),
    ifUnmodifiedSince: readTime(`${prefix}if-unmodified-since`, header('if-unmodified-since')),
  }
}

/** Of a read. Throws `ConditionNotMet`: 304 where nothing has changed, else 412. */
export function checkRead(conditions: Conditions, existing: Tagged): void {
  if (conditions.ifNoneMatch === '*') throw new BlobError('UnsatisfiableCondition')
  const failed = failedCondition(conditions, existing)
  if (failed === 'changed') throw new BlobError('ConditionNotMet')
  if (failed === 'unchanged') throw new BlobError('ConditionNotMet', { status: 304 })
}

/**
 * Of a write. `creates`: it makes what is not there, so that `If-None-Match: *` means something. Throws `ConditionNotMet`, and
 * `BlobAlreadyExists` for what must not be there.
 */
export function checkWrite(conditions: Conditions, existing: Tagged | undefined, creates: boolean): void {
  if (conditions.ifNoneMatch === '*') {
    if (!creates) throw new BlobError('UnsatisfiableCondition')
    if (existing !== undefined) throw new BlobError('BlobAlreadyExists')
  }
  if (existing === undefined) {
    if (conditions.ifMatch !== undefined) throw new BlobError('ConditionNotMet')
  } else if (failedCondition(conditions, existing) !== undefined) {
    throw new BlobError('ConditionNotMet')
  }
}

/** Of a write of a whole blob: as `checkWrite`, and throws `UnauthorizedBlobOverwrite` for what only new ones may be written with. */
export function checkReplace(
  { mayOverwrite }: GrantedAccess,
  conditions: Conditions,
  existing: Tagged | undefined,
): void {
  if (existing !== undefined && !mayOverwrite) throw new BlobError('UnauthorizedBlobOverwrite')
  checkWrite(conditions, existing, true)
}

/** Of the source of a copy. Throws `SourceConditionNotMet`. */
export function checkSource(conditions: Conditions, source: Tagged): void {
  if (failedCondition(conditions, source) !== undefined) throw new BlobError('SourceConditionNotMet')
}

/** An ETag decides where there is one; times are counted in seconds, as headers say them. */
function failedCondition(conditions: Conditions, { etag, modifiedAt }: Tagged): 'changed' | 'unchanged' | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  const tag = unquote(etag)
  const modified = Math.floor(modifiedAt / 1000) * 1000
  if (ifMatch !== undefined) {
    if (ifMatch !== '*' && ifMatch !== tag) return 'changed'
  } else if (ifUnmodifiedSince !== undefined && modified > ifUnmodifiedSince) return 'changed'
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch === '*' || ifNoneMatch === tag) return 'unchanged'
  } else if (ifModifiedSince !== undefined && modified <= ifModifiedSince) return 'unchanged'
  return undefined
}

function readTag(value: string | undefined): string | undefined {
  if (value?.includes(',') === true) throw new BlobError('MultipleConditionHeadersNotSupported')
  return value === undefined ? undefined : unquote(value)
}

function unquote(tag: string): string {
  return tag.replace(/^"(.*)"$/, '$1')
}

function readTime(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const time = Date.parse(value)
  if (Number.isNaN(time)) throw headerError(name, value)
  return time
}
