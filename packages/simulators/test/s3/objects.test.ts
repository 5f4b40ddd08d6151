import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'

import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type ChecksumAlgorithm,
  type GetObjectCommandInput,
  type HeadObjectCommandInput,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { beforeEach, describe, expect, test } from 'vitest'

import { crc32c, crc64nvme } from '../../src/objects/crc.ts'
import { sumToBase64 } from '../../src/objects/hasher.ts'
import { aws, errorOf, raw } from './aws.ts'

const cloud = aws()
const Bucket = 'objects'
let s3: S3Client
beforeEach(async () => {
  s3 = cloud.client()
  await s3.send(new CreateBucketCommand({ Bucket }))
})

const put = async (Key: string, Body: string | Readable, more: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const get = async (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
const read = async (Key: string, more: Partial<GetObjectCommandInput> = {}): Promise<string> =>
  (await (await get(Key, more)).Body?.transformToString()) ?? ''
const head = async (Key: string, more: Partial<HeadObjectCommandInput> = {}) =>
  s3.send(new HeadObjectCommand({ Bucket, Key, ...more }))
const md5 = (text: string): string => `"${createHash('md5').update(text).digest('hex')}"`
const at = (key: string): string => `${cloud.simulator.endpoint}/${Bucket}/${key}`

describe('put and get', () => {
  test('a header of the answer that cannot be one is refused', async () => {
    await put('override', 'hello')
    for (const more of [{ ResponseContentDisposition: 'inline; filename=日本.txt' }, { ResponseContentType: 'a\nb' }]) {
      expect(await errorOf(get('override', more))).toBe('InvalidArgument')
    }
    expect((await get('override', { ResponseContentDisposition: 'inline; filename=ü' })).ContentDisposition).toContain(
      'ü',
    )
  })

  test('what is put comes back, with all that was said of it', async () => {
    const answer = await put('a/b', 'hello', {
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentDisposition: 'inline',
      ContentEncoding: 'br',
      Metadata: { owner: 'me', empty: '' },
      StorageClass: 'STANDARD_IA',
    })
    expect(answer).toMatchObject({ ETag: md5('hello'), ChecksumCRC32: 'NhCmhg==', ChecksumType: 'FULL_OBJECT' })
    expect(answer.$metadata).toMatchObject({ requestId: expect.stringMatching(/^[\dA-F]{16}$/), httpStatusCode: 200 })
    const about = {
      ETag: md5('hello'),
      ContentLength: 5,
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentDisposition: 'inline',
      ContentEncoding: 'br',
      AcceptRanges: 'bytes',
      Metadata: { owner: 'me', empty: '' },
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'AES256',
    }
    const { Body, ...got } = await get('a/b')
    expect(await Body?.transformToString()).toBe('hello')
    expect(got).toMatchObject({ ...about, ChecksumCRC32: 'NhCmhg==' })
    const found = await head('a/b')
    expect(found).toMatchObject(about)
    expect(found.ChecksumCRC32).toBeUndefined()
    expect(Math.abs((found.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(10_000)
    expect(await get('a/b', { ResponseContentType: 'x/y' })).toMatchObject({ ContentType: 'x/y' })
  })

  test('a stream goes in pieces with a trailer, and its framing is not stored', async () => {
    const bytes = randomBytes(300_000)
    const Body = Readable.from([bytes.subarray(0, 8192), bytes.subarray(8192)])
    await put('stream', Body, { ContentLength: bytes.length, ContentEncoding: 'gzip' })
    expect(cloud.simulator.calls.at(-1)?.received).toBeGreaterThan(bytes.length)
    const answer = await get('stream')
    expect(answer).toMatchObject({ ContentEncoding: 'gzip', ContentType: 'application/octet-stream' })
    expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true)
  })

  test('no bytes', async () => {
    await put('empty', '')
    expect(await read('empty')).toBe('')
    expect(await errorOf(read('empty', { Range: 'bytes=0-0' }))).toBe('InvalidRange')
  })

  test('any key is good up to 1024 bytes', async () => {
    for (const Key of ['ü/ %2F+&?#', './a', 'a//b/', 'a/../b', '€'.repeat(341), 'a\u0001b\r\n', '日本\u{1f600}']) {
      await put(Key, Key)
      expect(await read(Key)).toBe(Key)
    }
    expect(await errorOf(put('€'.repeat(341) + 'ab', 'x'))).toBe('KeyTooLongError')
    expect(await errorOf(put('a/../../b', 'x'))).toBe('InvalidURI')
  })

  test('what there is not', async () => {
    expect(await errorOf(read('none'))).toBe('NoSuchKey')
    expect(await errorOf(head('none'))).toBe('NotFound')
    expect(await errorOf(s3.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'x' })))).toBe('NoSuchBucket')
    expect(await errorOf(s3.send(new PutObjectCommand({ Bucket: 'nowhere', Key: 'x' })))).toBe('NoSuchBucket')
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'none' }))
    const { body, headers } = await raw(at('none?x=1'))
    expect(headers).toMatchObject({ 'content-type': 'application/xml', 'x-amz-request-id': expect.any(String) })
    expect(body.toString()).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchKey<\/Code><Message>The specified key does not exist.<\/Message><Key>none<\/Key><Resource>\/objects\/none<\/Resource><RequestId>[\dA-F]{16}<\/RequestId>/,
    )
    expect((await raw(at('none'), { method: 'HEAD' })).body).toHaveLength(0)
  })

  test('what the simulator cannot do is refused', async () => {
    for (const more of [
      { ServerSideEncryption: 'aws:kms' },
      { Tagging: 'a=b' },
      { StorageClass: 'GLACIER' },
      { IfNoneMatch: '"etag"' },
      { ObjectLockLegalHoldStatus: 'ON' },
    ] as const) {
      expect(await errorOf(put('a', 'x', more))).toBe('NotImplemented')
    }
    expect(await errorOf(put('a', 'x', { StorageClass: 'PAPER' as 'STANDARD' }))).toBe('InvalidStorageClass')
    expect(await errorOf(put('a', 'x', { ACL: 'public-read' }))).toBe('AccessControlListNotSupported')
    expect(await errorOf(put('a', 'x', { ExpectedBucketOwner: '999999999999' }))).toBe('AccessDenied')
    expect(await errorOf(put('a', 'x', { ExpectedBucketOwner: 'me' }))).toBe('InvalidBucketOwnerAWSAccountID')
    expect(await errorOf(put('a', 'x', { Metadata: { a: 'x'.repeat(2048) } }))).toBe('MetadataTooLarge')
    expect(await errorOf(get('a', { VersionId: 'x' }))).toBe('InvalidArgument')
    expect((await raw(at('a?acl'))).error).toBe('NotImplemented')
    expect(cloud.simulator.calls.at(-1)?.operation).toBe('Unsupported')
    expect(await errorOf(read('a'))).toBe('NoSuchKey')
    await put('a', 'x', { Metadata: { a: 'x'.repeat(2047) }, ExpectedBucketOwner: '123456789012' })
  })
})

test('a range of what has changed is all of it', async () => {
  await put('if-range', '0123456789')
  const { ETag = '', LastModified } = await head('if-range')
  const status = async (ifRange: string): Promise<number> =>
    (await raw(at('if-range'), { headers: { range: 'bytes=0-1', 'if-range': ifRange } })).status
  expect([await status(ETag), await status('"other"')]).toEqual([206, 200])
  expect([await status(LastModified?.toUTCString() ?? ''), await status(new Date(0).toUTCString())]).toEqual([206, 200])
})

test('ranges', async () => {
  await put('r', '0123456789')
  const part = async (Range: string) => {
    const answer = await get('r', { Range })
    return [await answer.Body?.transformToString(), answer.ContentRange, answer.$metadata.httpStatusCode]
  }
  expect(await part('bytes=2-4')).toEqual(['234', 'bytes 2-4/10', 206])
  expect(await part('bytes=7-')).toEqual(['789', 'bytes 7-9/10', 206])
  expect(await part('bytes=-3')).toEqual(['789', 'bytes 7-9/10', 206])
  expect(await part('bytes=-30')).toEqual(['0123456789', 'bytes 0-9/10', 206])
  expect(await part('bytes=8-99')).toEqual(['89', 'bytes 8-9/10', 206])
  for (const ignored of ['bytes=4-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=-']) {
    expect(await part(ignored)).toEqual(['0123456789', undefined, 200])
  }
  expect((await get('r', { Range: 'bytes=0-1' })).ChecksumCRC32).toBeUndefined()
  const error: unknown = await get('r', { Range: 'bytes=10-' }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 }, ActualObjectSize: '10' })
  expect(await head('r', { Range: 'bytes=2-4' })).toMatchObject({ ContentLength: 3 })
})

test('conditional reads', async () => {
  const { ETag = '' } = await put('c', 'text')
  const { LastModified = new Date(0) } = await head('c')
  const [before, after] = [-60_000, 60_000].map((ms) => new Date(LastModified.getTime() + ms)) as [Date, Date]
  const status = async (conditions: Partial<GetObjectCommandInput>): Promise<number | undefined> =>
    get('c', conditions).then(
      ({ $metadata }) => $metadata.httpStatusCode,
      (error: { $metadata: { httpStatusCode?: number } }) => error.$metadata.httpStatusCode,
    )
  expect(await status({ IfMatch: ETag })).toBe(200)
  expect(await status({ IfMatch: '*' })).toBe(200)
  expect(await status({ IfMatch: `"x", ${ETag}` })).toBe(200)
  expect(await status({ IfMatch: '"x"' })).toBe(412)
  expect(await status({ IfNoneMatch: '"x"' })).toBe(200)
  expect(await status({ IfNoneMatch: ETag.replaceAll('"', '') })).toBe(304)
  expect(await status({ IfModifiedSince: before })).toBe(200)
  expect(await status({ IfModifiedSince: LastModified })).toBe(304)
  expect(await status({ IfUnmodifiedSince: after })).toBe(200)
  expect(await status({ IfUnmodifiedSince: before })).toBe(412)
  // An ETag counts more than a date.
  expect(await status({ IfMatch: ETag, IfUnmodifiedSince: before })).toBe(200)
  expect(await status({ IfNoneMatch: ETag, IfModifiedSince: before })).toBe(304)
  expect(await raw(at('c'), { headers: { 'if-none-match': ETag } })).toMatchObject({
    status: 304,
    headers: { etag: ETag, 'last-modified': LastModified.toUTCString() },
  })
  expect(await errorOf(get('c', { IfMatch: '"x"' }))).toBe('PreconditionFailed')
})

describe('checksums', () => {
  const text = 'some bytes'
  const bytes = Buffer.from(text)
  const sums: Readonly<Record<string, string>> = {
    CRC32: sumToBase64(crc32(bytes), 4),
    CRC32C: sumToBase64(crc32c(bytes), 4),
    CRC64NVME: sumToBase64(crc64nvme(bytes), 8),
    SHA1: createHash('sha1').update(bytes).digest('base64'),
    SHA256: createHash('sha256').update(bytes).digest('base64'),
  }

  test.each(Object.entries(sums))('%s in a header and in a trailer', async (name, sum) => {
    const ChecksumAlgorithm = name as ChecksumAlgorithm
    const element = `Checksum${name}`
    expect(await put('h', text, { ChecksumAlgorithm })).toMatchObject({ [element]: sum })
    const Body = Readable.from([bytes])
    expect(await put('t', Body, { ChecksumAlgorithm, ContentLength: bytes.length })).toMatchObject({ [element]: sum })
    for (const Key of ['h', 't']) {
      // The client compares what it reads with this.
      expect(await read(Key)).toBe(text)
      expect(await head(Key, { ChecksumMode: 'ENABLED' })).toMatchObject({
        [element]: sum,
        ChecksumType: 'FULL_OBJECT',
      })
    }
    const wrong = `${sum.startsWith('A') ? 'B' : 'A'}${sum.slice(1)}`
    const error: unknown = await put('w', text, { [element]: wrong }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      name: 'BadDigest',
      message: `The ${name} you specified did not match the calculated checksum.`,
    })
    expect(await errorOf(put('w', text, { [element]: 'AAAA' }))).toBe('InvalidRequest')
    expect(await errorOf(read('w'))).toBe('NoSuchKey')
  })

  test('without one, S3 counts its own', async () => {
    await raw(at('none-given'), { method: 'PUT', body: text })
    expect(await head('none-given', { ChecksumMode: 'ENABLED' })).toMatchObject({
      ChecksumCRC64NVME: sums['CRC64NVME'],
    })
    expect(await read('none-given')).toBe(text)
  })

  test('Content-MD5 and x-amz-content-sha256', async () => {
    const send = async (headers: Record<string, string>): Promise<string | undefined> =>
      (await raw(at('m'), { method: 'PUT', body: text, headers })).error
    const sha256 = createHash('sha256').update(text).digest('hex')
    const contentMd5 = createHash('md5').update(text).digest('base64')
    const other = createHash('md5').update('other').digest('base64')
    expect(await send({ 'content-md5': other })).toBe('BadDigest')
    expect(await send({ 'content-md5': 'no' })).toBe('InvalidDigest')
    expect(await send({ 'x-amz-content-sha256': '0'.repeat(64) })).toBe('XAmzContentSHA256Mismatch')
    expect(await send({ 'x-amz-content-sha256': 'no' })).toBe('InvalidArgument')
    expect(await send({ 'x-amz-sdk-checksum-algorithm': 'CRC32' })).toBe('InvalidRequest')
    expect(await send({ 'x-amz-checksum-crc32': 'NhCmhg==', 'x-amz-checksum-sha1': 'x' })).toBe('InvalidRequest')
    expect(await send({ 'x-amz-checksum-xxhash3': 'NhCmhg==' })).toBe('InvalidRequest')
    expect(await send({ 'content-encoding': 'aws-chunked' })).toBe('InvalidRequest')
    expect(await send({ 'Transfer-Encoding': 'chunked' })).toBe('NotImplemented')
    expect(await send({ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' })).toBe('MissingContentLength')
    expect(await errorOf(read('m'))).toBe('NoSuchKey')
    expect(await send({ 'content-md5': contentMd5, 'x-amz-content-sha256': sha256 })).toBeUndefined()
    expect(await read('m')).toBe(text)
  })

  test('chunks that are too small are refused, signed or not, but for the last', async () => {
    const pieces = (size: number): Readable => Readable.from([Buffer.alloc(size), Buffer.alloc(size), Buffer.alloc(1)])
    const error = await errorOf(put('small', pieces(1000), { ContentLength: 2001 }))
    expect(error).toBe('InvalidChunkSizeError')
    expect(await errorOf(head('small'))).toBe('NotFound')
    await put('small', pieces(8192), { ContentLength: 16_385 })
    await cloud
      .client({ requestStreamBufferSize: 65_536 })
      .send(new PutObjectCommand({ Bucket, Key: 'small', Body: pieces(1000), ContentLength: 2001 }))
    expect((await head('small')).ContentLength).toBe(2001)
  })

  test('signed chunks', async () => {
    const send = async (chunks: string, headers: Record<string, string> = {}): Promise<string | undefined> => {
      const all = {
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-decoded-content-length': String(bytes.length),
        'content-encoding': 'aws-chunked',
        ...headers,
      }
      return (await raw(at('s'), { method: 'PUT', body: chunks, headers: all })).error
    }
    const signature = `;chunk-signature=${'a'.repeat(64)}`
    const chunks = `a${signature}\r\n${text}\r\n0${signature}\r\n`
    expect(await send(chunks.replaceAll(signature, ''))).toBe('IncompleteBody')
    expect(await send(chunks, { 'x-amz-decoded-content-length': '11' })).toBe('IncompleteBody')
    expect(await send(`5${signature}\r\nsome \r\n5${signature}\r\nbytes\r\n0${signature}\r\n\r\n`)).toBe(
      'InvalidChunkSizeError',
    )
    expect(await errorOf(read('s'))).toBe('NoSuchKey')
    expect(await send(`${chunks}\r\n`)).toBeUndefined()
    expect(await read('s')).toBe(text)
    const withTrailer = {
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    }
    const trailer = (sum: string): string =>
      `${chunks}x-amz-checksum-crc32:${sum}\r\nx-amz-trailer-signature:${'b'.repeat(64)}\r\n\r\n`
    expect(await send(trailer('NhCmhg=='), withTrailer)).toBe('BadDigest')
    expect(await send(`${chunks}\r\n`, withTrailer)).toBe('MalformedTrailerError')
    expect(await send(trailer(sums['CRC32'] ?? ''), withTrailer)).toBeUndefined()
    expect((await head('s')).ContentEncoding).toBeUndefined()
  })
})

describe('copies', () => {
  const copy = async (Key: string, CopySource: string, more = {}) =>
    s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }))

  test('with the attributes of the source, or new ones', async () => {
    await put('ä b', 'text', { ContentType: 'text/plain', Metadata: { a: '1' } })
    const { CopyObjectResult } = await copy('copy', `${Bucket}/${encodeURIComponent('ä b')}`)
    expect(CopyObjectResult).toMatchObject({ ETag: md5('text'), ChecksumCRC32: expect.any(String) })
    expect(await head('copy')).toMatchObject({ ContentType: 'text/plain', Metadata: { a: '1' } })
    const { CopyObjectResult: second } = await copy('copy', `/${Bucket}/copy`, {
      MetadataDirective: 'REPLACE',
      Metadata: { b: '2' },
      ChecksumAlgorithm: 'SHA1',
    })
    expect(second?.ChecksumSHA1).toBe(createHash('sha1').update('text').digest('base64'))
    expect(await head('copy')).toMatchObject({ ContentType: 'binary/octet-stream', Metadata: { b: '2' } })
    expect(await read('copy')).toBe('text')
  })

  test('what cannot be copied', async () => {
    const { ETag = '' } = await put('a', 'text')
    const from = `${Bucket}/a`
    expect(await errorOf(copy('a', from))).toBe('InvalidRequest')
    expect(await errorOf(copy('b', `${Bucket}/none`))).toBe('NoSuchKey')
    expect(await errorOf(copy('b', 'nowhere/a'))).toBe('NoSuchBucket')
    expect(await errorOf(copy('b', 'a'))).toBe('InvalidArgument')
    expect(await errorOf(copy('b', `${from}?versionId=1`))).toBe('InvalidArgument')
    expect(await errorOf(copy('b', from, { CopySourceIfMatch: '"x"' }))).toBe('PreconditionFailed')
    expect(await errorOf(copy('b', from, { CopySourceIfNoneMatch: ETag }))).toBe('PreconditionFailed')
    expect(await errorOf(read('b'))).toBe('NoSuchKey')
    await copy('b', from, { CopySourceIfMatch: ETag, IfNoneMatch: '*' })
    expect(await errorOf(copy('b', from, { IfNoneMatch: '*' }))).toBe('PreconditionFailed')
  })
})

test('many objects are deleted at once', async () => {
  const { ETag } = await put('1', 'x')
  await put('2 <&>\r', 'x')
  await put('3', 'x')
  const remove = async (Objects: { Key: string; ETag?: string; VersionId?: string }[], Quiet = false) =>
    s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet } }))
  const answer = await remove([
    { Key: '1', ...(ETag !== undefined && { ETag }) },
    { Key: '2 <&>\r' },
    { Key: 'none' },
    { Key: '3', ETag: '"other"' },
    { Key: 'x'.repeat(1025) },
    { Key: 'v', VersionId: '1' },
  ])
  expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['1', '2 <&>\r', 'none'])
  expect(answer.Errors?.map(({ Code }) => Code)).toEqual(['PreconditionFailed', 'KeyTooLongError', 'InvalidArgument'])
  expect(await remove([{ Key: '3' }], true)).not.toHaveProperty('Deleted')
  expect(cloud.simulator.calls.at(-1)?.request).toEqual({ Objects: ['3'], Quiet: true })
  expect(await errorOf(read('3'))).toBe('NoSuchKey')
  expect(await errorOf(remove(Array.from({ length: 1001 }, (_, index) => ({ Key: `${index}` }))))).toBe('MalformedXML')
  // No document can have it, and the client does not look.
  expect(await errorOf(remove([{ Key: '\u0001' }]))).toBe('MalformedXML')
  const url = `${cloud.simulator.endpoint}/${Bucket}?delete`
  const document = '<Delete><Object><Key>a</Key></Object></Delete>'
  expect((await raw(url, { method: 'POST', body: document })).error).toBe('InvalidRequest')
  const hash = { 'content-md5': createHash('md5').update('<Delete>').digest('base64') }
  expect((await raw(url, { method: 'POST', body: '<Delete>', headers: hash })).error).toBe('MalformedXML')
})
