import type { Precondition, StoredVersion } from '../objects/object-store.ts'
import { infoOf } from './object-info.ts'
import type { S3Call } from './s3-call.ts'
import { noSuchKey, invalidArgument, notImplemented, S3Error } from './s3-error.ts'

/** What a read can ask for; those of a copy's source have longer names. */
export interface ReadConditions {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  /** A date as HTTP writes it. One that cannot be read does not count. */
  readonly ifModifiedSince: string | undefined
  readonly ifUnmodifiedSince: string | undefined
}

/** Of a request; with `x-amz-copy-source-` for a copy's source. */
export function readConditions(call: S3Call, prefix: '' | 'x-amz-copy-source-' = ''): ReadConditions {
  return {
    ifMatch: call.header(`${prefix}if-match`),
    ifNoneMatch: call.header(`${prefix}if-none-match`),
    ifModifiedSince: call.header(`${prefix}if-modified-since`),
    ifUnmodifiedSince: call.header(`${prefix}if-unmodified-since`),
  }
}

/**
 * The status that the conditions lead to, in the order of RFC 9110: an ETag is asked before a date, and the date only where there is
 * no ETag.
 */
export function readStatus(conditions: ReadConditions, etag: string, modifiedAt: number): 200 | 304 | 412 {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  const modified = Math.floor(modifiedAt / 1000) * 1000
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag)) return 412
  } else if (ifUnmodifiedSince !== undefined && modified > Date.parse(ifUnmodifiedSince)) return 412
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag) ? 304 : 200
  if (ifModifiedSince !== undefined && modified <= Date.parse(ifModifiedSince)) return 304
  return 200
}

/** `"a", "b"`, `*`, with or without quotes. `etag` has none. */
export function matches(header: string, etag: string): boolean {
  return header.split(',').some((one) => ['*', etag, `"${etag}"`].includes(one.trim().replace(/^W\//, '')))
}

/**
 * What a write asks of what is there: `If-None-Match: *` or `If-Match` with an ETag. What is there at its end decides: of several writes, the
 * first to finish wins, and the others get a 412. Where what was there as it began was deleted meanwhile, that is a conflict (409), which
 * a client may repeat. Throws `NotImplemented` for other forms, as S3 does.
 */
export function writeCondition(call: S3Call, before: StoredVersion | undefined): Precondition {
  const [ifNoneMatch, ifMatch] = [call.header('if-none-match'), call.header('if-match')]
  if (ifNoneMatch !== undefined && (ifNoneMatch.trim() !== '*' || ifMatch !== undefined)) {
    throw notImplemented('If-None-Match with anything but *')
  }
  if (ifMatch?.trim() === '*') throw notImplemented('If-Match: * of a write')
  return (existing) => {
    if (ifNoneMatch === undefined && ifMatch === undefined) return
    const condition = ifMatch === undefined ? 'If-None-Match' : 'If-Match'
    const isDeleted = before !== undefined && existing === undefined
    if (isDeleted || call.exchange.isConflict()) {
      throw new S3Error('ConditionalRequestConflict', {
        details: [
          ['Condition', condition],
          ['Key', call.key],
        ],
      })
    }
    if (existing === undefined) {
      if (ifMatch !== undefined) throw noSuchKey(call.key)
      return
    }
    if (ifMatch === undefined || !matches(ifMatch, infoOf(existing).etag)) throw preconditionFailed(condition)
  }
}

/** What a delete asks: `If-Match` with an ETag, or `*` for any. */
export function deleteCondition(ifMatch: string | undefined, key: string): Precondition {
  return (existing) => {
    if (ifMatch === undefined) return
    if (existing === undefined) throw noSuchKey(key)
    if (!matches(ifMatch, infoOf(existing).etag)) throw preconditionFailed('If-Match')
  }
}

/** Throws where the request asks for one of several versions, which no bucket here has. */
export function checkVersion(call: S3Call): void {
  const version = call.query('versionId')
  if (version === undefined || version === 'null') return
  throw invalidArgument('versionId', version, 'Invalid version id specified')
}

/** Names the condition that did not hold. */
export function preconditionFailed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { details: [['Condition', condition]] })
}
