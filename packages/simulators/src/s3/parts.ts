import type { StagedBytes } from '../objects/object-store.ts'
import { copyRangeOf } from './byte-range.ts'
import {
  checksumMembers,
  checksumOf,
  DEFAULT_ALGORITHM,
  headerOf,
  uploadChecksum,
  type ChecksumAlgorithm,
  type GivenChecksum,
} from './checksum.ts'
import { copySource } from './copies.ts'
import type { MultipartUpload, UploadedPart } from './multipart-uploads.ts'
import { attributesOf, isoTime } from './object-info.ts'
import { announcedAlgorithm, receive } from './payload.ts'
import type { S3Call } from './s3-call.ts'
import { invalidArgument, S3Error } from './s3-error.ts'

const MAX_PARTS = 10_000
const MAX_PART_BYTES = 5 * 1024 ** 3

/** The upload that the request names. Throws `NoSuchUpload`. */
export function uploadOf(call: S3Call): MultipartUpload {
  return call.state.uploads.get(call.query('uploadId') ?? '', call.bucket(), call.key)
}

/** Begins an upload. */
export function createMultipartUpload(call: S3Call): void {
  const bucket = call.bucket()
  const attributes = attributesOf(call.exchange)
  const { algorithm, type } = uploadChecksum(call.exchange)
  const upload = call.state.uploads.create({
    bucket,
    key: call.key,
    initiatedAt: call.exchange.clock.now(),
    attributes,
    algorithm,
    checksumType: type,
  })
  call.answerXml(
    'InitiateMultipartUploadResult',
    [
      ['Bucket', bucket.name],
      ['Key', call.key],
      ['UploadId', upload.id],
    ],
    {
      'x-amz-server-side-encryption': 'AES256',
      ...(algorithm === undefined ? {} : { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type }),
    },
  )
}

/** Takes in a part. One of the same number is replaced. */
export async function uploadPart(call: S3Call): Promise<void> {
  const number = partNumberOf(call)
  const upload = uploadOf(call)
  checkAlgorithm(upload, announcedAlgorithm(call))
  const { bytes, checksum: given } = await receive(call, upload.bucket)
  const part = await addPart(call, { upload, number, bytes, given })
  call.answer(200, {
    ETag: `"${bytes.md5}"`,
    'x-amz-server-side-encryption': 'AES256',
    [headerOf(given?.algorithm ?? upload.algorithm ?? DEFAULT_ALGORITHM)]: given?.value ?? part.checksum,
  })
}

/** Makes a part of another object's bytes, or of some of them. */
export async function uploadPartCopy(call: S3Call): Promise<void> {
  const number = partNumberOf(call)
  const upload = uploadOf(call)
  const source = copySource(call)
  const header = call.header('x-amz-copy-source-range')
  const range = header === undefined ? undefined : copyRangeOf(header, source.size)
  const size = range === undefined ? source.size : range.end - range.start + 1
  if (size > MAX_PART_BYTES) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_PART_BYTES}`,
    })
  }
  const bytes = await upload.bucket.stage(source.open(range) as AsyncIterable<Uint8Array>)
  const part = await addPart(call, { upload, number, bytes, given: undefined })
  const { algorithm } = upload
  const sum = algorithm === undefined ? [] : checksumMembers({ algorithm, value: part.checksum, type: 'FULL_OBJECT' })
  call.answerXml('CopyPartResult', [
    ['LastModified', isoTime(part.modifiedAt)],
    ['ETag', `"${bytes.md5}"`],
    ...sum.slice(0, 1),
  ])
}

/** Throws an upload away. */
export async function abortMultipartUpload(call: S3Call): Promise<void> {
  await call.state.uploads.end(uploadOf(call))
  call.answer(204)
}

interface NewPart {
  readonly upload: MultipartUpload
  readonly number: number
  readonly bytes: StagedBytes
  readonly given: GivenChecksum | undefined
}

async function addPart(call: S3Call, { upload, number, bytes, given }: NewPart): Promise<UploadedPart> {
  try {
    const algorithm = upload.algorithm ?? DEFAULT_ALGORITHM
    const part: UploadedPart = {
      number,
      bytes,
      checksum: given?.algorithm === algorithm ? given.value : await checksumOf(bytes, algorithm),
      given,
      modifiedAt: call.exchange.clock.now(),
    }
    await call.state.uploads.add(upload, part)
    return part
  } catch (error) {
    await bytes.discard()
    throw error
  }
}

function partNumberOf(call: S3Call): number {
  const text = call.query('partNumber') ?? ''
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PARTS) return Number(text)
  throw invalidArgument('partNumber', text, `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`)
}

/** The sums of parts are to be of the upload's algorithm, if it has one; those of a composite one are needed. */
function checkAlgorithm(upload: MultipartUpload, given: ChecksumAlgorithm | undefined): void {
  const { algorithm, checksumType } = upload
  if (algorithm === undefined || given === algorithm || (given === undefined && checksumType === 'FULL_OBJECT')) return
  throw new S3Error('InvalidRequest', {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, actual checksum Type: ${given?.toLowerCase() ?? 'null'}`,
  })
}
