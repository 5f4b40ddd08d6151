import type { StoredVersion } from '../objects/object-store.ts'
import { grouped, urlEncoded, type Entry } from './grouping.ts'
import { infoOf, isoTime } from './object-info.ts'
import { pageFor } from './paging.ts'
import { OWNER_ID, type S3Call } from './s3-call.ts'
import { invalidArgument } from './s3-error.ts'
import type { XmlMembers } from './xml.ts'

const MAX_KEYS = 1000

/** Version 2: goes on by a token. */
export function listObjectsV2(call: S3Call): void {
  const query = listQuery(call)
  const { bucket, prefix, delimiter, maxKeys, encode } = query
  const token = call.query('continuation-token')
  const startAfter = call.query('start-after')
  const entries = entriesOf(call, query, token === undefined ? (startAfter ?? '') : '')
  const page = pageFor(call, entries, {
    size: maxKeys,
    list: JSON.stringify(['objects', bucket.name, prefix, delimiter]),
    keyOf: ({ name }) => name,
  })
  call.answerXml('ListBucketResult', [
    ['Name', bucket.name],
    ['Prefix', encode(prefix)],
    ['StartAfter', startAfter === undefined ? undefined : encode(startAfter)],
    ['ContinuationToken', token],
    ['NextContinuationToken', page.next],
    ['KeyCount', page.items.length],
    ['MaxKeys', maxKeys],
    ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
    ['EncodingType', call.query('encoding-type')],
    ['IsTruncated', page.next !== undefined],
    ...entryMembers(page.items, { encode, withOwner: call.query('fetch-owner') === 'true' }),
  ])
}

/** Version 1: goes on after a key. */
export function listObjects(call: S3Call): void {
  const query = listQuery(call)
  const { bucket, prefix, delimiter, maxKeys, encode } = query
  const marker = call.query('marker') ?? ''
  const entries = entriesOf(call, query, marker)
  const shown = entries.slice(0, maxKeys)
  const isTruncated = shown.length > 0 && shown.length < entries.length
  call.answerXml('ListBucketResult', [
    ['Name', bucket.name],
    ['Prefix', encode(prefix)],
    ['Marker', encode(marker)],
    // Only with a delimiter: else the last key is the marker of the next page.
    ['NextMarker', isTruncated && delimiter !== '' ? encode(shown.at(-1)?.name ?? '') : undefined],
    ['MaxKeys', maxKeys],
    ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
    ['EncodingType', call.query('encoding-type')],
    ['IsTruncated', isTruncated],
    ...entryMembers(shown, { encode, withOwner: true }),
  ])
}

/** How the names of a list are written: `encoding-type`. */
export function encoder(call: S3Call): (text: string) => string {
  const encoding = call.query('encoding-type')
  if (encoding === undefined) return (text) => text
  if (encoding.toLowerCase() === 'url') return urlEncoded
  throw invalidArgument('encoding-type', encoding, 'Invalid Encoding Method specified in Request')
}

type ListQuery = ReturnType<typeof listQuery>

function listQuery(call: S3Call) {
  return {
    bucket: call.bucket(),
    prefix: call.query('prefix') ?? '',
    delimiter: call.query('delimiter') ?? '',
    maxKeys: call.queryNumber('max-keys', MAX_KEYS),
    encode: encoder(call),
  }
}

function entriesOf(
  call: S3Call,
  { bucket, prefix, delimiter }: ListQuery,
  after: string,
): readonly Entry<StoredVersion>[] {
  const versions = bucket.list(prefix, { staleMs: call.exchange.staleMs() })
  return grouped(versions, { prefix, delimiter, after })
}

function entryMembers(
  entries: readonly Entry<StoredVersion>[],
  { encode, withOwner }: { readonly encode: (text: string) => string; readonly withOwner: boolean },
): XmlMembers {
  const contents = entries.flatMap(({ item }) => (item === undefined ? [] : [item]))
  const prefixes = entries.filter(({ item }) => item === undefined)
  return [
    ...contents.map((version) => ['Contents', contentOf(version, { encode, withOwner })] as const),
    ...prefixes.map(({ name }) => ['CommonPrefixes', [['Prefix', encode(name)]]] as const),
  ]
}

function contentOf(
  version: StoredVersion,
  { encode, withOwner }: { readonly encode: (text: string) => string; readonly withOwner: boolean },
): XmlMembers {
  const { etag, checksum, attributes } = infoOf(version)
  return [
    ['Key', encode(version.key)],
    ['LastModified', isoTime(version.createdAt)],
    ['ETag', `"${etag}"`],
    ['ChecksumAlgorithm', checksum.algorithm],
    ['ChecksumType', checksum.type],
    ['Size', version.size],
    ['Owner', withOwner ? [['ID', OWNER_ID]] : undefined],
    ['StorageClass', attributes.storageClass],
  ]
}
