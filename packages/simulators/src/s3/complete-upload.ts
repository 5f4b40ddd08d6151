import { createHash } from 'node:crypto'

import {
  badChecksum,
  CHECKSUM_ALGORITHMS,
  checksumInHeaders,
  checksumMembers,
  DEFAULT_ALGORITHM,
  elementOf,
  joinedChecksum,
  type Checksum,
} from './checksum.ts'
import { writeCondition } from './conditions.ts'
import type { MultipartUpload, UploadedPart } from './multipart-uploads.ts'
import { metadataOf } from './object-info.ts'
import { uploadOf } from './parts.ts'
import { receiveXml } from './payload.ts'
import type { S3Call } from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import { textOf, type XmlElement, type XmlMembers } from './xml.ts'

const MIN_PART_BYTES = 5 * 1024 ** 2
const MAX_PARTS = 10_000

interface NamedPart {
  readonly number: number
  /** Without quotes. */
  readonly etag: string
  /** By algorithm, as the document says them. */
  readonly checksums: Readonly<Record<string, string>>
}

/**
 * Makes an object of the parts that the request names. Who asks for the same again, because no answer came, gets the same answer.
 */
export async function completeMultipartUpload(call: S3Call): Promise<void> {
  const bucket = call.bucket()
  const before = bucket.get(call.key)
  // The header of a checksum is that of the object, not of the document.
  const document = await receiveXml(call, { root: 'CompleteMultipartUpload', hasChecksum: false })
  const named = document.children.filter(({ name }) => name === 'Part').map(namedPart)
  const request = JSON.stringify(named)
  call.exchange.call.request = { Parts: named.map(({ number, etag }) => ({ PartNumber: number, ETag: etag })) }
  const id = call.query('uploadId') ?? ''
  const completion = call.state.uploads.completion(id, bucket, call.key)
  if (completion?.request === request) {
    call.answerXml('CompleteMultipartUploadResult', completion.answer)
    return
  }
  const condition = writeCondition(call, before)
  const upload = uploadOf(call)
  const parts = chosenParts(upload, named)
  const checksum = checkedSum(call, upload, parts)
  const digests = Buffer.concat(parts.map(({ bytes }) => Buffer.from(bytes.md5, 'hex')))
  const etag = `${createHash('md5').update(digests).digest('hex')}-${parts.length}`
  const { attributes } = upload
  const answer: XmlMembers = [
    ['Location', `http://${call.header('host')}/${bucket.name}/${encodeURIComponent(call.key)}`],
    ['Bucket', bucket.name],
    ['Key', call.key],
    ['ETag', `"${etag}"`],
    ...checksumMembers(checksum),
  ]
  const bytes = parts.map((part) => part.bytes)
  // Those of the parts are kept where they were counted for themselves.
  const isComposite = upload.algorithm !== undefined && upload.checksumType === 'COMPOSITE'
  const sums = parts.map((part) => ({ size: part.bytes.size, ...(isComposite && { checksum: part.checksum }) }))
  const { uploads } = call.state
  await uploads.completing(upload, async () => {
    try {
      await bucket.commit(call.key, bytes, metadataOf({ etag, checksum, attributes, parts: sums }), condition)
    } catch (error) {
      // After a conflict, S3 wants the whole upload anew; after a 412 it is still there.
      if (error instanceof S3Error && error.code === 'ConditionalRequestConflict') await uploads.end(upload)
      throw error
    }
    uploads.remember(upload, { request, answer }, call.exchange.clock.now())
    await uploads.end(upload)
  })
  call.answerXml('CompleteMultipartUploadResult', answer, { 'x-amz-server-side-encryption': 'AES256' })
}

function namedPart(element: XmlElement): NamedPart {
  const number = textOf(element, 'PartNumber')?.trim() ?? ''
  const etag = textOf(element, 'ETag')?.trim().replaceAll('"', '')
  if (!/^\d{1,9}$/.test(number) || etag === undefined) throw new S3Error('MalformedXML')
  const checksums = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = textOf(element, elementOf(algorithm))?.trim()
    return value === undefined || value === '' ? [] : [[algorithm, value]]
  })
  return { number: Number(number), etag, checksums: Object.fromEntries(checksums) as Record<string, string> }
}

function chosenParts(upload: MultipartUpload, named: readonly NamedPart[]): readonly UploadedPart[] {
  if (named.length === 0 || named.length > MAX_PARTS) throw new S3Error('MalformedXML')
  if (named.some(({ number }, index) => number <= (named[index - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder', { details: [['UploadId', upload.id]] })
  }
  const parts = named.map((one) => chosenPart(upload, one))
  for (const { bytes, number } of parts.slice(0, -1)) {
    if (bytes.size >= MIN_PART_BYTES) continue
    throw new S3Error('EntityTooSmall', {
      details: [
        ['ProposedSize', bytes.size],
        ['MinSizeAllowed', MIN_PART_BYTES],
        ['PartNumber', number],
        ['ETag', bytes.md5],
      ],
    })
  }
  return parts
}

function chosenPart(upload: MultipartUpload, { number, etag, checksums }: NamedPart): UploadedPart {
  const part = upload.parts.get(number)
  const algorithm = upload.algorithm ?? DEFAULT_ALGORITHM
  const checksum = checksums[algorithm]
  const known = [part?.given, { algorithm, value: part?.checksum }]
  const isOther = Object.entries(checksums).some(
    ([name, value]) => !known.some((sum) => sum?.algorithm === name && sum.value === value),
  )
  if (part === undefined || part.bytes.md5 !== etag || isOther) {
    throw new S3Error('InvalidPart', {
      details: [
        ['UploadId', upload.id],
        ['PartNumber', number],
        ['ETag', etag],
      ],
    })
  }
  if (checksum === undefined && upload.checksumType === 'COMPOSITE') {
    throw new S3Error('InvalidRequest', {
      message: `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    })
  }
  return part
}

/** The checksum of the object, if the request says nothing else of it, nor of its size. */
function checkedSum(call: S3Call, upload: MultipartUpload, parts: readonly UploadedPart[]): Checksum {
  const algorithm = upload.algorithm ?? DEFAULT_ALGORITHM
  const type = call.header('x-amz-checksum-type')?.toUpperCase() ?? upload.checksumType
  if (type !== upload.checksumType) {
    throw new S3Error('InvalidRequest', {
      message: `The upload was created using the ${upload.checksumType} checksum mode. The complete request must use the same checksum mode.`,
    })
  }
  const sizes = parts.map(({ bytes, checksum }) => ({ size: bytes.size, value: checksum }))
  const size = sizes.reduce((sum, part) => sum + part.size, 0)
  const expectedSize = call.header('x-amz-mp-object-size')
  if (expectedSize !== undefined && Number(expectedSize) !== size) {
    throw new S3Error('InvalidRequest', {
      message: `The provided 'x-amz-mp-object-size' header value ${expectedSize} does not match what was computed: ${size}`,
    })
  }
  const joined = joinedChecksum(sizes, algorithm, upload.checksumType)
  const given = checksumInHeaders(call.exchange, { mayBeComposite: true })
  if (given === undefined) return joined
  if (given.algorithm !== algorithm) {
    throw new S3Error('InvalidRequest', {
      message: `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm?.toLowerCase() ?? 'null'}, actual checksum Type: ${given.algorithm.toLowerCase()}`,
    })
  }
  if (given.value !== joined.value) throw badChecksum(given.algorithm)
  return joined
}
