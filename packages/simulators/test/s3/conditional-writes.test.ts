import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'

import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { beforeEach, expect, test, vi } from 'vitest'

import { aws, errorOf } from './aws.ts'

const cloud = aws()
const Bucket = 'conditions'
let s3: S3Client
let count = 0
let Key: string
beforeEach(async () => {
  s3 = cloud.client()
  await s3.send(new CreateBucketCommand({ Bucket }))
  Key = `key-${(count += 1)}`
})

const put = async (Body: string, more: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const read = async (): Promise<string | undefined> =>
  (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()
const remove = async (IfMatch?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key, ...(IfMatch !== undefined && { IfMatch }) }))

/** A put whose last byte comes when the test says so. Resolves with the status. */
async function slowPut(headers: Record<string, string>): Promise<() => Promise<number | undefined>> {
  return (await beginSlowPut(headers)).end
}

async function beginSlowPut(headers: Record<string, string>) {
  const { simulator } = cloud
  const index = simulator.calls.length
  const date = new Date().toISOString().replaceAll(/[:-]|\.\d+/g, '')
  const sent = request(`${simulator.endpoint}/${Bucket}/${Key}`, {
    method: 'PUT',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=A/${date.slice(0, 8)}/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${'0'.repeat(64)}`,
      'x-amz-date': date,
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'content-length': 4,
      ...headers,
    },
  })
  sent.write('slo')
  await vi.waitFor(() => expect(simulator.calls[index]).toMatchObject({ operation: 'PutObject', received: 3 }))
  const end = async (): Promise<number | undefined> => {
    sent.end('w')
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }
  return { sent, end }
}

test('put if absent', async () => {
  await put('first', { IfNoneMatch: '*' })
  expect(await errorOf(put('second', { IfNoneMatch: '*' }))).toBe('PreconditionFailed')
  expect(await read()).toBe('first')
  await remove()
  await put('third', { IfNoneMatch: '*' })
})

test('put if unchanged', async () => {
  expect(await errorOf(put('x', { IfMatch: '"none"' }))).toBe('NoSuchKey')
  const { ETag = '' } = await put('first')
  await put('second', { IfMatch: ETag })
  expect(await errorOf(put('third', { IfMatch: ETag }))).toBe('PreconditionFailed')
  expect(await read()).toBe('second')
  expect(await errorOf(put('x', { IfMatch: '*' }))).toBe('NotImplemented')
})

test('of 50 clients who put if absent, one wins, and the others know that they did not', async () => {
  const results = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const Body = `${index}`
      return errorOf(cloud.client().send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' })))
    }),
  )
  const counts = Map.groupBy(results, (result) => result)
  expect(counts.get('none')).toHaveLength(1)
  counts.delete('none')
  expect([...counts.keys()].every((name) => ['PreconditionFailed', 'ConditionalRequestConflict'].includes(name))).toBe(
    true,
  )
  expect(await read()).toBe(`${results.indexOf('none')}`)
})

test('of conditional writes at once, the first to finish wins; what is deleted meanwhile is a conflict', async () => {
  const end = await slowPut({ 'if-none-match': '*' })
  await put('quick', { IfNoneMatch: '*' })
  expect(await end()).toBe(412)
  expect(await read()).toBe('quick')

  const { ETag = '' } = await put('one')
  const change = await slowPut({ 'if-match': ETag })
  await put('two')
  expect(await change()).toBe(412)
  const replace = await slowPut({ 'if-none-match': '*' })
  await remove()
  expect(await replace()).toBe(409)
  expect(cloud.simulator.calls.find(({ status }) => status === 409)?.errorCode).toBe('ConditionalRequestConflict')
  await put('one')
  const gone = await slowPut({ 'if-match': ETag })
  await remove()
  expect(await gone()).toBe(409)
  expect(await errorOf(put('one', { IfMatch: ETag }))).toBe('NoSuchKey')
  const plain = await slowPut({})
  await put('plain')
  expect(await plain()).toBe(200)
  expect(await read()).toBe('slow')
})

test('a put that is cut leaves what was there', async () => {
  await put('whole')
  const { sent } = await beginSlowPut({})
  const ended = once(sent, 'error')
  sent.destroy()
  await ended
  expect(await read()).toBe('whole')
})

test('delete if unchanged', async () => {
  expect(await errorOf(remove('*'))).toBe('NoSuchKey')
  const { ETag = '' } = await put('x')
  expect(await errorOf(remove('"other"'))).toBe('PreconditionFailed')
  await remove(ETag)
  await put('x')
  await remove('*')
  expect(await errorOf(read())).toBe('NoSuchKey')
})

test('an upload is completed if absent', async () => {
  const begin = async () => {
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const { ETag, ChecksumCRC32 } = await s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }),
    )
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] }
    return async (IfNoneMatch?: '*') =>
      s3.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key,
          UploadId,
          MultipartUpload,
          ...(IfNoneMatch !== undefined && { IfNoneMatch }),
        }),
      )
  }
  const first = await begin()
  const second = await begin()
  await first('*')
  expect(await errorOf(second('*'))).toBe('PreconditionFailed')
  // The parts are still there.
  await second()
  // After a conflict they are not.
  await remove()
  const third = await begin()
  cloud.simulator.addFaults({ operation: 's3.CompleteMultipartUpload', kind: 'conflict' })
  expect(await errorOf(third('*'))).toBe('ConditionalRequestConflict')
  expect(await errorOf(third('*'))).toBe('NoSuchUpload')
})

test('a conflict that was asked for meets conditional writes only, and a second try succeeds', async () => {
  cloud.simulator.addFaults({ operation: 's3.PutObject', kind: 'conflict' })
  await put('plain')
  await remove()
  expect(await errorOf(put('first', { IfNoneMatch: '*' }))).toBe('ConditionalRequestConflict')
  expect(cloud.simulator.calls.at(-1)?.faults).toEqual(['conflict'])
  await put('first', { IfNoneMatch: '*' })
  expect(cloud.simulator.unmetFaults).toEqual([])
})
