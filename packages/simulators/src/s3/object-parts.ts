import type { ByteRange, StoredVersion } from '../objects/object-store.ts'
import { elementOf, type Checksum } from './checksum.ts'
import { checkVersion } from './conditions.ts'
import { infoOf, isoTime, type ObjectPart } from './object-info.ts'
import type { S3Call } from './s3-call.ts'
import { invalidArgument, S3Error } from './s3-error.ts'
import type { XmlMembers } from './xml.ts'

const MAX_PARTS = 10_000
const MAX_LISTED = 1000
const ATTRIBUTES: readonly string[] = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']

/** What `partNumber` of a read asks for. */
export interface WantedPart {
  /** `undefined`: the part has no bytes. */
  readonly range: ByteRange | undefined
  /** `undefined`: the object was put at once. */
  readonly count: number | undefined
  /** Of the part, where it has one of its own. */
  readonly checksum: Checksum | undefined
}

/** The part that a read asks for; `undefined`: it asks for none. Throws where it cannot be. */
export function wantedPart(call: S3Call, version: StoredVersion): WantedPart | undefined {
  const text = call.query('partNumber')
  if (text === undefined) return undefined
  const number = Number(text)
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > MAX_PARTS) {
    const message = `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`
    throw invalidArgument('partNumber', text, message)
  }
  if (call.header('range') !== undefined) {
    throw new S3Error('InvalidRequest', {
      message: 'Cannot specify both Range header and partNumber query parameter',
    })
  }
  const { parts, checksum } = infoOf(version)
  const sizes = parts?.map(({ size }) => size) ?? [version.size]
  const size = sizes[number - 1]
  if (size === undefined) {
    throw new S3Error('InvalidPartNumber', {
      details: [
        ['PartNumberRequested', number],
        ['ActualPartCount', sizes.length],
      ],
    })
  }
  const start = sizes.slice(0, number - 1).reduce((sum, one) => sum + one, 0)
  const value = parts?.[number - 1]?.checksum
  return {
    range: size === 0 ? undefined : { start, end: start + size - 1 },
    count: parts?.length,
    checksum: parts === undefined ? checksum : value === undefined ? undefined : { ...checksum, value },
  }
}

/** Answers with what is asked for of an object, and of its parts. */
export function getObjectAttributes(call: S3Call): void {
  checkVersion(call)
  const version = call.object()
  const header = 'x-amz-object-attributes'
  const asked = (call.header(header) ?? '').split(',').map((name) => name.trim())
  if (!asked.every((name) => ATTRIBUTES.includes(name))) {
    throw invalidArgument(header, asked.join(','), 'Invalid attribute name specified.')
  }
  const { etag, checksum, attributes, parts } = infoOf(version)
  const of = (name: string, content: XmlMembers[number][1]): XmlMembers =>
    asked.includes(name) ? [[name, content]] : []
  const sum: XmlMembers = [
    [elementOf(checksum.algorithm), checksum.value],
    ['ChecksumType', checksum.type],
  ]
  call.answerXml(
    'GetObjectAttributesResponse',
    [
      ...of('ETag', etag),
      ...of('Checksum', sum),
      ...of('ObjectParts', parts === undefined ? undefined : partMembers(call, parts, checksum)),
      ...of('StorageClass', attributes.storageClass),
      ...of('ObjectSize', version.size),
    ],
    { 'Last-Modified': new Date(isoTime(version.createdAt)).toUTCString() },
  )
}

/** S3 lists the parts only where each has a checksum of its own. */
function partMembers(call: S3Call, parts: readonly ObjectPart[], { algorithm }: Checksum): XmlMembers {
  const max = numberHeader(call, 'x-amz-max-parts', MAX_LISTED)
  const marker = numberHeader(call, 'x-amz-part-number-marker', 0)
  const listed = parts.flatMap(({ size, checksum }, index): readonly XmlMembers[] =>
    checksum === undefined
      ? []
      : [
          [
            ['PartNumber', index + 1],
            ['Size', size],
            [elementOf(algorithm), checksum],
          ],
        ],
  )
  const shown = listed.slice(marker, marker + Math.min(max, MAX_LISTED))
  const isTruncated = marker + shown.length < listed.length
  return [
    ['PartsCount', parts.length],
    ...(listed.length === 0
      ? []
      : ([
          ['PartNumberMarker', marker],
          ['NextPartNumberMarker', marker + shown.length],
          ['MaxParts', max],
          ['IsTruncated', isTruncated],
          ...shown.map((part) => ['Part', part] as const),
        ] as XmlMembers)),
  ]
}

function numberHeader(call: S3Call, name: string, usual: number): number {
  const text = call.header(name)
  if (text === undefined) return usual
  if (!/^\d{1,9}$/.test(text)) throw invalidArgument(name, text, `Argument ${name} must be an integer`)
  return Number(text)
}
