import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type CreateMultipartUploadCommandInput,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { beforeEach, describe, expect, test } from 'vitest'

import { crc64nvme } from '../../src/objects/crc.ts'
import { sumToBase64 } from '../../src/objects/hasher.ts'
import { aws, errorOf, raw } from './aws.ts'

const cloud = aws()
const Bucket = 'parts'
const MIB = 1024 ** 2
const big = randomBytes(5 * MIB)
let s3: S3Client
let count = 0
let Key: string
beforeEach(async () => {
  s3 = cloud.client()
  await s3.send(new CreateBucketCommand({ Bucket }))
  Key = `key-${(count += 1)}`
})

const begin = async (more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> =>
  (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId ?? ''
const add = async (
  UploadId: string,
  PartNumber: number,
  Body: Uint8Array | string,
  more = {},
): Promise<CompletedPart> => {
  const part = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }))
  const { ETag, ChecksumCRC32, ChecksumSHA256 } = part
  return { PartNumber, ETag, ChecksumCRC32, ChecksumSHA256 }
}
const complete = async (UploadId: string, Parts: CompletedPart[], more = {}) =>
  s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }))
const read = async (more = {}): Promise<Buffer> => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}
const md5 = (bytes: Uint8Array | string): Buffer => createHash('md5').update(bytes).digest()

describe('with the SDK', () => {
  test('40 MB in parts, in parallel', async () => {
    const bytes = Buffer.concat(Array.from({ length: 8 }, () => big))
    const upload = new Upload({
      client: s3,
      params: { Bucket, Key, Body: bytes, ContentType: 'x/y' },
      partSize: 6 * MIB,
    })
    const { ETag } = await upload.done()
    expect(ETag).toMatch(/^"[\da-f]{32}-7"$/)
    expect((await read()).equals(bytes)).toBe(true)
    const start = 6 * MIB - 10
    expect((await read({ Range: `bytes=${start}-${start + 19}` })).equals(bytes.subarray(start, start + 20))).toBe(true)
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))).toMatchObject({
      ContentLength: bytes.length,
      ContentType: 'x/y',
      ChecksumType: 'COMPOSITE',
      ChecksumCRC32: expect.stringMatching(/^.{8}-7$/),
    })
  })

  test('a stream whose length nobody knows', async () => {
    const pieces = Array.from({ length: 12 }, () => randomBytes(MIB))
    await new Upload({ client: s3, params: { Bucket, Key, Body: Readable.from(pieces) } }).done()
    expect((await read()).equals(Buffer.concat(pieces))).toBe(true)
  })

  test('a short stream is put at once, under a condition', async () => {
    const upload = async () =>
      new Upload({ client: s3, params: { Bucket, Key, Body: Readable.from(['short']), IfNoneMatch: '*' } }).done()
    await upload()
    expect(await errorOf(upload())).toBe('PreconditionFailed')
    expect((await read()).toString()).toBe('short')
  })

  test('an upload that fails leaves nothing', async () => {
    const Body = Readable.from(
      (async function* () {
        yield Buffer.alloc(6 * MIB)
        throw new Error('the source broke')
      })(),
    )
    await expect(new Upload({ client: s3, params: { Bucket, Key, Body } }).done()).rejects.toThrow('the source broke')
    expect(await errorOf(read())).toBe('NoSuchKey')
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }))).Uploads).toBeUndefined()
  })
})

test('parts make an object in the order of their numbers', async () => {
  const id = await begin({ Metadata: { a: '1' } })
  const last = await add(id, 10_000, 'end')
  await add(id, 1, 'replaced')
  const first = await add(id, 1, big)
  await add(id, 7, 'left out')
  expect(await errorOf(read())).toBe('NoSuchKey')
  const answer = await complete(id, [first, last])
  const etag = `"${createHash('md5')
    .update(Buffer.concat([md5(big), md5('end')]))
    .digest('hex')}-2"`
  expect(answer).toMatchObject({ Bucket, Key, ETag: etag, Location: `${cloud.simulator.endpoint}/${Bucket}/${Key}` })
  expect((await read()).equals(Buffer.concat([big, Buffer.from('end')]))).toBe(true)
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ETag: etag, Metadata: { a: '1' } })
  // Who got no answer asks again.
  expect(await complete(id, [first, last], { IfNoneMatch: '*' })).toMatchObject({ ETag: etag })
  expect(await errorOf(complete(id, [first]))).toBe('NoSuchUpload')
  expect(await errorOf(add(id, 1, 'x'))).toBe('NoSuchUpload')
})

test('an answer that is lost', async () => {
  const client = cloud.client({ maxAttempts: 3 })
  cloud.simulator.addFaults({ operation: 's3.CompleteMultipartUpload', kind: 'reset-after' })
  const params = { Bucket, Key, Body: Buffer.concat([big, big]) }
  await new Upload({ client, params }).done()
  expect((await read()).length).toBe(10 * MIB)
  expect(cloud.simulator.unmetFaults).toEqual([])
})

test('what cannot be completed', async () => {
  const id = await begin({ ChecksumAlgorithm: 'CRC32' })
  const [one, two] = [await add(id, 1, 'small'), await add(id, 2, big)]
  const error: unknown = await complete(id, [one, two]).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: 'EntityTooSmall', ProposedSize: '5', MinSizeAllowed: '5242880', PartNumber: '1' })
  expect(await errorOf(complete(id, [two, one]))).toBe('InvalidPartOrder')
  expect(await errorOf(complete(id, [one, one]))).toBe('InvalidPartOrder')
  expect(await errorOf(complete(id, []))).toBe('MalformedXML')
  expect(await errorOf(complete(id, [{ ...one, ETag: '"other"' }]))).toBe('InvalidPart')
  expect(await errorOf(complete(id, [two, { ...one, PartNumber: 3 }]))).toBe('InvalidPart')
  expect(await errorOf(complete(id, [{ ...one, ChecksumCRC32: 'AAAAAA==' }]))).toBe('InvalidPart')
  expect(await errorOf(complete(id, [{ ...one, ChecksumCRC32: undefined }]))).toBe('InvalidRequest')
  expect(await errorOf(complete(id, [one], { MpuObjectSize: 6 }))).toBe('InvalidRequest')
  expect(await errorOf(complete(id, [one], { ChecksumType: 'FULL_OBJECT' }))).toBe('InvalidRequest')
  expect(await errorOf(complete('none', [one]))).toBe('NoSuchUpload')
  expect(await errorOf(add(id, 0, 'x'))).toBe('InvalidArgument')
  expect(await errorOf(add(id, 10_001, 'x'))).toBe('InvalidArgument')
  expect(await errorOf(read())).toBe('NoSuchKey')
  await complete(id, [one], { MpuObjectSize: 5 })
  expect((await read()).toString()).toBe('small')
})

describe('checksums', () => {
  test('of the sums of the parts', async () => {
    const id = await begin({ ChecksumAlgorithm: 'SHA256' })
    const parts = [
      await add(id, 1, big, { ChecksumAlgorithm: 'SHA256' }),
      await add(id, 2, 'end', { ChecksumAlgorithm: 'SHA256' }),
    ]
    const sums = Buffer.concat([big, Buffer.from('end')].map((bytes) => createHash('sha256').update(bytes).digest()))
    const sum = `${createHash('sha256').update(sums).digest('base64')}-2`
    expect(await errorOf(complete(id, parts, { ChecksumSHA256: sum.replace('-2', '-3') }))).toBe('BadDigest')
    expect(await complete(id, parts, { ChecksumSHA256: sum })).toMatchObject({ ChecksumSHA256: sum })
  })

  test('of all bytes', async () => {
    const whole = Buffer.concat([big, Buffer.from('end')])
    const id = await begin({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const parts = [await add(id, 1, big), { ...(await add(id, 2, 'end')), ChecksumCRC32: undefined }]
    const sum = sumToBase64(crc32(whole), 4)
    expect(await errorOf(complete(id, parts, { ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest')
    expect(await complete(id, parts, { ChecksumCRC32: sum })).toMatchObject({
      ChecksumCRC32: sum,
      ChecksumType: 'FULL_OBJECT',
    })
    expect((await read()).equals(whole)).toBe(true)
  })

  test('that nobody asked for', async () => {
    const plain = cloud.client({ requestChecksumCalculation: 'WHEN_REQUIRED' })
    const { UploadId } = await plain.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'text' }
    const ChecksumCRC64NVME = sumToBase64(crc64nvme(Buffer.from('text')), 8)
    expect(await plain.send(new UploadPartCommand(part))).toMatchObject({ ChecksumCRC64NVME })
    const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand(part))
    expect(ChecksumCRC32).toBe(sumToBase64(crc32('text'), 4))
    expect(await errorOf(complete(UploadId ?? '', [{ PartNumber: 1, ETag, ChecksumCRC32: 'AAAAAA==' }]))).toBe(
      'InvalidPart',
    )
    expect(await errorOf(complete(UploadId ?? '', [{ PartNumber: 1, ETag }], { ChecksumCRC32 }))).toBe('InvalidRequest')
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] }
    expect(
      await plain.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload })),
    ).toMatchObject({
      ChecksumCRC64NVME,
      ChecksumType: 'FULL_OBJECT',
    })
  })

  test('that do not go together', async () => {
    expect(await errorOf(begin({ ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }))).toBe('InvalidRequest')
    expect(await errorOf(begin({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }))).toBe('InvalidRequest')
    const id = await begin({ ChecksumAlgorithm: 'SHA256' })
    expect(await errorOf(add(id, 1, 'x', { ChecksumAlgorithm: 'CRC32' }))).toBe('InvalidRequest')
    expect(await errorOf(add(id, 1, 'x', { ChecksumSHA256: createHash('sha256').digest('base64') }))).toBe('BadDigest')
  })
})

test('parts of other objects', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: big }))
  const id = await begin()
  const copy = async (PartNumber: number, CopySourceRange?: string): Promise<CompletedPart> => {
    const source = { CopySource: `${Bucket}/source`, ...(CopySourceRange !== undefined && { CopySourceRange }) }
    const { CopyPartResult } = await s3.send(
      new UploadPartCopyCommand({ Bucket, Key, UploadId: id, PartNumber, ...source }),
    )
    return { PartNumber, ETag: CopyPartResult?.ETag, ChecksumCRC32: CopyPartResult?.ChecksumCRC32 }
  }
  await complete(id, [await copy(1), await copy(2, 'bytes=10-19')])
  expect((await read()).equals(Buffer.concat([big, big.subarray(10, 20)]))).toBe(true)
  const other = await begin()
  for (const range of ['bytes=0-5242880', 'bytes=3-2', 'bytes=-2']) {
    const source = { CopySource: `${Bucket}/source`, CopySourceRange: range }
    expect(
      await errorOf(s3.send(new UploadPartCopyCommand({ Bucket, Key, UploadId: other, PartNumber: 1, ...source }))),
    ).toBe('InvalidArgument')
  }
})

test('an upload that is thrown away', async () => {
  const id = await begin()
  await add(id, 1, 'x')
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id }))
  expect(await errorOf(s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id })))).toBe('NoSuchUpload')
  expect(await errorOf(s3.send(new ListPartsCommand({ Bucket, Key, UploadId: id })))).toBe('NoSuchUpload')
  expect((await raw(`${cloud.simulator.endpoint}/${Bucket}/other?uploadId=${await begin()}`)).error).toBe(
    'NoSuchUpload',
  )
})

test('lists of parts and uploads', async () => {
  const id = await begin({ ChecksumAlgorithm: 'CRC32' })
  for (const number of [3, 1, 2]) await add(id, number, `part ${number}`)
  const page = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId: id, MaxParts: 2 }))
  expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2', ChecksumAlgorithm: 'CRC32', MaxParts: 2 })
  expect(page.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, 6],
    [2, 6],
  ])
  const rest = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId: id, PartNumberMarker: '2' }))
  expect([rest.Parts?.map(({ PartNumber }) => PartNumber), rest.IsTruncated]).toEqual([[3], false])

  Key = 'list/b'
  const [first, second] = [await begin(), await begin()]
  Key = 'list/a/x'
  const third = await begin()
  const seen: (string | undefined)[] = []
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}
  while (marker !== undefined) {
    const uploads: ListMultipartUploadsCommandOutput = await s3.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix: 'list/', MaxUploads: 1, ...marker }),
    )
    seen.push(...(uploads.Uploads?.map(({ UploadId }) => UploadId) ?? []))
    const { NextKeyMarker: KeyMarker = '', NextUploadIdMarker: UploadIdMarker = '' } = uploads
    marker = uploads.IsTruncated === true ? { KeyMarker, UploadIdMarker } : undefined
  }
  expect(seen).toEqual([third, first, second])
  const grouped = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'list/', Delimiter: '/' }))
  expect(grouped.CommonPrefixes).toEqual([{ Prefix: 'list/a/' }])
  expect(grouped.Uploads?.map(({ UploadId }) => UploadId)).toEqual([first, second])
})
