import { grouped } from './grouping.ts'
import { encoder } from './list-objects.ts'
import { elementOf } from './checksum.ts'
import type { MultipartUpload } from './multipart-uploads.ts'
import { isoTime } from './object-info.ts'
import { uploadOf } from './parts.ts'
import { OWNER_ID, type S3Call } from './s3-call.ts'
import type { XmlMembers } from './xml.ts'

const MAX_ITEMS = 1000
const OWNER: XmlMembers = [
  ['Initiator', [['ID', OWNER_ID]]],
  ['Owner', [['ID', OWNER_ID]]],
]

/** The uploads of a bucket that go on. */
export function listMultipartUploads(call: S3Call): void {
  const bucket = call.bucket()
  const encode = encoder(call)
  const [prefix, delimiter] = [call.query('prefix') ?? '', call.query('delimiter') ?? '']
  const [keyMarker, idMarker] = [call.query('key-marker') ?? '', call.query('upload-id-marker') ?? '']
  const size = call.queryNumber('max-uploads', MAX_ITEMS)
  const all = call.state.uploads.of(bucket)
  const seen = all.findIndex(({ id, key }) => id === idMarker && key === keyMarker)
  // Of the key that the last page ended with, those that began later are still to come.
  const begun = seen === -1 || keyMarker === '' ? [] : all.slice(seen + 1).filter(({ key }) => key === keyMarker)
  const options = { prefix, delimiter, after: '' }
  const entries = [
    ...grouped(begun, options).filter(({ item }) => item !== undefined),
    ...grouped(all, { ...options, after: keyMarker }),
  ]
  const shown = entries.slice(0, size)
  const last = shown.at(-1)
  const isTruncated = last !== undefined && shown.length < entries.length
  call.answerXml('ListMultipartUploadsResult', [
    ['Bucket', bucket.name],
    ['KeyMarker', encode(keyMarker)],
    ['UploadIdMarker', idMarker],
    ['NextKeyMarker', isTruncated ? encode(last.name) : undefined],
    ['NextUploadIdMarker', isTruncated ? last.item?.id : undefined],
    ['Prefix', encode(prefix)],
    ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
    ['EncodingType', call.query('encoding-type')],
    ['MaxUploads', size],
    ['IsTruncated', isTruncated],
    ...shown.flatMap(({ item }) => (item === undefined ? [] : [['Upload', uploadMembers(item, encode)] as const])),
    ...shown.flatMap(({ item, name }) =>
      item === undefined ? [['CommonPrefixes', [['Prefix', encode(name)]]] as const] : [],
    ),
  ])
}

/** The parts of an upload. */
export function listParts(call: S3Call): void {
  const upload = uploadOf(call)
  const { algorithm, checksumType, bucket, key, id, attributes } = upload
  const size = call.queryNumber('max-parts', MAX_ITEMS)
  const text = call.query('part-number-marker')
  const marker = text === undefined ? 0 : call.queryNumber('part-number-marker', 2 ** 31 - 1)
  const parts = [...upload.parts.values()]
    .filter(({ number }) => number > marker)
    .toSorted((left, right) => left.number - right.number)
  const shown = parts.slice(0, size)
  call.answerXml('ListPartsResult', [
    ['Bucket', bucket.name],
    ['Key', key],
    ['UploadId', id],
    ...OWNER,
    ['StorageClass', attributes.storageClass],
    ['PartNumberMarker', marker],
    ['NextPartNumberMarker', shown.at(-1)?.number ?? 0],
    ['MaxParts', size],
    ['IsTruncated', shown.length > 0 && shown.length < parts.length],
    ['ChecksumAlgorithm', algorithm],
    ['ChecksumType', algorithm === undefined ? undefined : checksumType],
    ...shown.map(
      ({ number, modifiedAt, bytes, checksum }) =>
        [
          'Part',
          [
            ['PartNumber', number],
            ['LastModified', isoTime(modifiedAt)],
            ['ETag', `"${bytes.md5}"`],
            ['Size', bytes.size],
            ...(algorithm === undefined ? [] : [[elementOf(algorithm), checksum] as const]),
          ],
        ] as const,
    ),
  ])
}

function uploadMembers(upload: MultipartUpload, encode: (text: string) => string): XmlMembers {
  const { algorithm, checksumType } = upload
  return [
    ['Key', encode(upload.key)],
    ['UploadId', upload.id],
    ...OWNER,
    ['StorageClass', upload.attributes.storageClass],
    ['Initiated', isoTime(upload.initiatedAt)],
    ['ChecksumAlgorithm', algorithm],
    ['ChecksumType', algorithm === undefined ? undefined : checksumType],
  ]
}
