import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
  type ListObjectsV2CommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { beforeAll, beforeEach, expect, test } from 'vitest'

import { aws, errorOf } from './aws.ts'

const cloud = aws()
const Bucket = 'lists'
const KEYS = ['a', 'a/1', 'a/2', 'a/b/1', 'a/b/2', 'b c+%', 'ü', '\uffff', '\u{1f600}']
let s3: S3Client
beforeAll(async () => {
  const client = cloud.client()
  await client.send(new CreateBucketCommand({ Bucket }))
  for (const Key of KEYS.toReversed()) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
})
beforeEach(() => {
  s3 = cloud.client()
})

const list = async (more: Partial<ListObjectsV2CommandInput> = {}) => {
  const answer = await s3.send(new ListObjectsV2Command({ Bucket, ...more }))
  const keys = answer.Contents?.map(({ Key }) => Key) ?? []
  const prefixes = answer.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? []
  return { ...answer, keys, prefixes }
}

test('all, in the order of their bytes', async () => {
  const answer = await list()
  expect(answer.keys).toEqual(KEYS)
  expect(answer).toMatchObject({ Name: Bucket, KeyCount: 9, MaxKeys: 1000, IsTruncated: false })
  expect(answer.Contents?.[1]).toEqual({
    Key: 'a/1',
    Size: 3,
    ETag: expect.stringMatching(/^"[\da-f]{32}"$/),
    StorageClass: 'STANDARD',
    LastModified: expect.any(Date),
    ChecksumAlgorithm: ['CRC32'],
    ChecksumType: 'FULL_OBJECT',
  })
  expect((await list({ FetchOwner: true })).Contents?.[0]?.Owner?.ID).toMatch(/^[\da-f]{64}$/)
})

test('by prefix and delimiter', async () => {
  expect((await list({ Prefix: 'a/' })).keys).toEqual(['a/1', 'a/2', 'a/b/1', 'a/b/2'])
  const top = await list({ Delimiter: '/' })
  expect([top.keys, top.prefixes]).toEqual([['a', 'b c+%', 'ü', '\uffff', '\u{1f600}'], ['a/']])
  expect(top.KeyCount).toBe(6)
  const inner = await list({ Delimiter: '/', Prefix: 'a/' })
  expect([inner.keys, inner.prefixes]).toEqual([['a/1', 'a/2'], ['a/b/']])
  expect((await list({ Delimiter: 'b/', Prefix: 'a' })).prefixes).toEqual(['a/b/'])
  expect(await list({ Prefix: 'none' })).toMatchObject({ KeyCount: 0, keys: [] })
})

test('page by page', async () => {
  const keys: (string | undefined)[] = []
  const sizes: (number | undefined)[] = []
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 4 }, { Bucket })) {
    keys.push(...(page.Contents?.map(({ Key }) => Key) ?? []))
    sizes.push(page.KeyCount)
  }
  expect([keys, sizes]).toEqual([KEYS, [4, 4, 1]])
  const first = await list({ Delimiter: '/', MaxKeys: 2 })
  expect([first.keys, first.prefixes, first.IsTruncated]).toEqual([['a'], ['a/'], true])
  const ContinuationToken = first.NextContinuationToken
  // A start does not count any more then.
  const second = await list({ Delimiter: '/', MaxKeys: 2, ContinuationToken, StartAfter: 'zzz' })
  expect([second.keys, second.prefixes]).toEqual([['b c+%', 'ü'], []])
  expect(await errorOf(list({ ContinuationToken }))).toBe('InvalidArgument')
  expect(await errorOf(list({ ContinuationToken: 'no' }))).toBe('InvalidArgument')
  expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false })
  expect(await list({ MaxKeys: 5000 })).toMatchObject({ KeyCount: 9, MaxKeys: 1000 })
  expect(await errorOf(list({ MaxKeys: -1 }))).toBe('InvalidArgument')
})

test('after a key', async () => {
  expect((await list({ StartAfter: 'a/2' })).keys).toEqual(KEYS.slice(3))
  expect((await list({ StartAfter: 'a/2x', Delimiter: '/', Prefix: 'a/' })).prefixes).toEqual(['a/b/'])
  const answer = await s3.send(new ListObjectsCommand({ Bucket, Marker: 'a', Delimiter: '/', MaxKeys: 1 }))
  expect(answer).toMatchObject({ CommonPrefixes: [{ Prefix: 'a/' }], NextMarker: 'a/', IsTruncated: true })
  const next = await s3.send(new ListObjectsCommand({ Bucket, Marker: 'a/', Delimiter: '/', MaxKeys: 1 }))
  expect(next.Contents?.map(({ Key }) => Key)).toEqual(['b c+%'])
  expect((await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 1 }))).NextMarker).toBeUndefined()
})

test('with keys in percent signs', async () => {
  const answer = await list({ EncodingType: 'url', StartAfter: 'a/b/2', Delimiter: 'ö ' })
  expect(answer.keys).toEqual(['b+c%2B%25', '%C3%BC', '%EF%BF%BF', '%F0%9F%98%80'])
  expect(answer).toMatchObject({ EncodingType: 'url', StartAfter: 'a/b/2', Delimiter: '%C3%B6+' })
  expect(await errorOf(list({ EncodingType: 'x' as 'url' }))).toBe('InvalidArgument')
})

test('a list that lags behind', async () => {
  const now = { Bucket, Key: 'now' }
  await s3.send(new PutObjectCommand({ ...now, Body: 'x' }))
  cloud.simulator.addFaults({ operation: 's3.ListObjectsV2', kind: 'stale-list', delayMs: 60_000 })
  expect((await list({ Prefix: 'now' })).keys).toEqual([])
  expect((await list({ Prefix: 'now' })).keys).toEqual(['now'])
  await s3.send(new DeleteObjectCommand(now))
})
