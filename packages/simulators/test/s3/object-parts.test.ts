import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type ChecksumAlgorithm,
  type GetObjectAttributesCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { beforeEach, expect, test } from 'vitest'

import { aws, errorOf, raw } from './aws.ts'

const cloud = aws()
const Bucket = 'parts'
const SIZE = 5 * 1024 ** 2
let s3: S3Client
beforeEach(async () => {
  s3 = cloud.client()
  await s3.send(new CreateBucketCommand({ Bucket }))
})

async function upload(Key: string, ChecksumAlgorithm?: ChecksumAlgorithm): Promise<readonly (string | undefined)[]> {
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ...(ChecksumAlgorithm && { ChecksumAlgorithm }) }),
  )
  const Parts = []
  for (const [index, Body] of [Buffer.alloc(SIZE, 'a'), Buffer.from('bc')].entries()) {
    const PartNumber = index + 1
    const sums = ChecksumAlgorithm && { ChecksumAlgorithm }
    const part = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...sums }))
    Parts.push({ PartNumber, ETag: part.ETag, ChecksumSHA256: part.ChecksumSHA256 })
  }
  const made = ChecksumAlgorithm ? Parts : Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: made } }))
  return Parts.map(({ ChecksumSHA256 }) => ChecksumSHA256)
}
const get = async (Key: string, PartNumber: number) => s3.send(new GetObjectCommand({ Bucket, Key, PartNumber }))

test('an object that came in parts is read by them', async () => {
  await upload('a')
  const first = await get('a', 1)
  expect(first).toMatchObject({ ContentLength: SIZE, PartsCount: 2, ContentRange: `bytes 0-${SIZE - 1}/${SIZE + 2}` })
  expect((await first.Body?.transformToByteArray())?.length).toBe(SIZE)
  const second = await get('a', 2)
  expect(second).toMatchObject({ PartsCount: 2, ContentRange: `bytes ${SIZE}-${SIZE + 1}/${SIZE + 2}` })
  expect([await second.Body?.transformToString(), second.$metadata.httpStatusCode]).toEqual(['bc', 206])
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a', PartNumber: 2 }))
  expect(head).toMatchObject({ ContentLength: 2, PartsCount: 2, $metadata: { httpStatusCode: 206 } })
  expect(await errorOf(get('a', 3))).toBe('InvalidPartNumber')
  expect(await errorOf(get('a', 0))).toBe('InvalidArgument')
  const both = await raw(`${cloud.simulator.endpoint}/${Bucket}/a?partNumber=1`, { headers: { range: 'bytes=0-1' } })
  expect(both.error).toBe('InvalidRequest')
})

test('an object that was put or copied at once has one part, and no count', async () => {
  await upload('a')
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/a` }))
  const copied = await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy', PartNumber: 1 }))
  expect(copied).toMatchObject({ ContentLength: SIZE + 2, $metadata: { httpStatusCode: 206 } })
  expect(copied.PartsCount).toBeUndefined()
  await s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'text' }))
  const { ContentRange, PartsCount, Body } = await get('b', 1)
  expect([ContentRange, PartsCount, await Body?.transformToString()]).toEqual(['bytes 0-3/4', undefined, 'text'])
  expect(await errorOf(get('b', 2))).toBe('InvalidPartNumber')
  await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }))
  expect(await get('empty', 1)).toMatchObject({ ContentLength: 0, $metadata: { httpStatusCode: 200 } })
})

test('attributes say what is asked for, and the parts where they have checksums', async () => {
  const of = async (Key: string, more: Partial<GetObjectAttributesCommandInput> = {}) => {
    const ObjectAttributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const
    return s3.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: [...ObjectAttributes], ...more }))
  }
  const [first, second] = await upload('summed', 'SHA256')
  const summed = await of('summed')
  expect(summed).toMatchObject({
    ETag: expect.stringMatching(/^[\da-f]{32}-2$/),
    Checksum: { ChecksumSHA256: expect.stringMatching(/=-2$/), ChecksumType: 'COMPOSITE' },
    ObjectSize: SIZE + 2,
    StorageClass: 'STANDARD',
    ObjectParts: { TotalPartsCount: 2, IsTruncated: false },
  })
  expect(summed.ObjectParts?.Parts).toEqual([
    { PartNumber: 1, Size: SIZE, ChecksumSHA256: first },
    { PartNumber: 2, Size: 2, ChecksumSHA256: second },
  ])
  const page = await of('summed', { MaxParts: 1 })
  expect(page.ObjectParts).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1', Parts: [{ PartNumber: 1 }] })
  const rest = await of('summed', { PartNumberMarker: '1' })
  expect(rest.ObjectParts).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 2 }] })
  await upload('plain')
  expect((await of('plain')).ObjectParts).toEqual({ TotalPartsCount: 2 })
  await s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'text' }))
  expect((await of('b', { ObjectAttributes: ['ObjectSize', 'ObjectParts'] })).ObjectParts).toBeUndefined()
  expect(await errorOf(of('none'))).toBe('NoSuchKey')
  expect(await errorOf(of('b', { ObjectAttributes: ['Color' as 'ETag'] }))).toBe('InvalidArgument')
})

test('a copy knows whose its source is, and has no tags to copy', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'text' }))
  const copy = async (more: object): Promise<string> =>
    errorOf(s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/b`, ...more })))
  expect(await copy({ ExpectedSourceBucketOwner: '999999999999' })).toBe('AccessDenied')
  expect(await copy({ TaggingDirective: 'REPLACE', Tagging: 'a=b' })).toBe('NotImplemented')
  expect(await copy({ TaggingDirective: 'PASTE' })).toBe('InvalidArgument')
  expect(await copy({ TaggingDirective: 'COPY', ExpectedSourceBucketOwner: '123456789012' })).toBe('none')
})
