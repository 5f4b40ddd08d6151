import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'

import type { BlobServiceClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { crc64Of, md5Of, sumsOf } from '../../src/blob/checksums.ts'
import { startSimulator, type Simulator } from '../../src/simulator.ts'
import { call } from '../support/call.ts'
import { clientOf, failure, newContainer } from './azure.ts'

let simulator: Simulator
let client: BlobServiceClient
let container: ContainerClient
beforeAll(async () => {
  simulator = await startSimulator('azure')
  client = clientOf(simulator)
})
afterAll(async () => simulator.close())
beforeEach(async () => {
  container = await newContainer(client)
})

const at = (name: string): BlockBlobClient => container.getBlockBlobClient(name)
const put = async (name: string, content: string, options = {}) => at(name).upload(content, content.length, options)
const read = async (name: string, offset?: number, count?: number): Promise<string> =>
  text((await at(name).download(offset, count)).readableStreamBody!)
const id = (number: number): string => Buffer.from(`${number}`.padStart(6, '0')).toString('base64')
const EMPTY = sumsOf(Buffer.alloc(0))

describe('whole blobs', () => {
  test('are put with all that is kept of them, and read again', async () => {
    const answered = await put('a/b c+d%41.txt', 'hello', {
      metadata: { Owner: 'me', camelCase: 'x y' },
      blobHTTPHeaders: { blobContentType: 'text/plain', blobContentEncoding: 'identity', blobCacheControl: 'no-cache' },
    })
    expect(answered).toMatchObject({ etag: expect.stringMatching(/^"0x8D[0-9A-F]{13}"$/), isServerEncrypted: true })
    expect(Buffer.from(answered.contentMD5!).toString('base64')).toBe(md5Of(sumsOf(Buffer.from('hello')).md5))
    expect(answered.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(answered.clientRequestId).toMatch(/^[0-9a-f-]{36}$/)
    const properties = await at('a/b c+d%41.txt').getProperties()
    expect(properties).toMatchObject({
      contentLength: 5,
      contentType: 'text/plain',
      contentEncoding: 'identity',
      cacheControl: 'no-cache',
      contentMD5: answered.contentMD5,
      etag: answered.etag,
      lastModified: answered.lastModified,
      createdOn: answered.lastModified,
      blobType: 'BlockBlob',
      leaseState: 'available',
      accessTier: 'Hot',
      metadata: { owner: 'me', camelcase: 'x y' },
      version: answered.version,
    })
    expect(await read('a/b c+d%41.txt')).toBe('hello')
    const [item] = (await container.listBlobsFlat({ includeMetadata: true }).byPage().next()).value.segment.blobItems
    expect(item).toMatchObject({ name: 'a/b c+d%41.txt', metadata: { Owner: 'me', camelCase: 'x y' } })
    expect(item.properties).toMatchObject({
      contentLength: 5,
      etag: answered.etag!.slice(1, -1),
      contentType: 'text/plain',
    })
  })

  test('without content, and of an unknown type', async () => {
    await put('empty', '')
    expect(await read('empty')).toBe('')
    expect(await at('empty').downloadToBuffer()).toHaveLength(0)
    expect(await at('empty').getProperties()).toMatchObject({
      contentLength: 0,
      contentType: 'application/octet-stream',
    })
    expect(await failure(at('empty').download(0, 1))).toBe('416 InvalidRange')
  })

  test('are replaced, changed and deleted', async () => {
    const first = await put('x', 'first', { metadata: { a: '1' }, blobHTTPHeaders: { blobContentType: 'text/x' } })
    const second = await put('x', 'second')
    expect(second.etag).not.toBe(first.etag)
    expect(await at('x').getProperties()).toMatchObject({ metadata: {}, contentType: 'application/octet-stream' })
    const third = await at('x').setMetadata({ b: '2' })
    const fourth = await at('x').setHTTPHeaders({ blobContentType: 'text/y' })
    expect(new Set([second.etag, third.etag, fourth.etag]).size).toBe(3)
    const changed = await at('x').getProperties()
    expect(changed).toMatchObject({ metadata: { b: '2' }, contentType: 'text/y', contentLength: 6, etag: fourth.etag })
    // What is not said is gone.
    expect(changed.contentMD5).toBeUndefined()
    expect(await read('x')).toBe('second')
    await at('x').delete()
    expect(await at('x').exists()).toBe(false)
    expect((await at('x').deleteIfExists()).succeeded).toBe(false)
    expect(await failure(at('x').download())).toBe('404 BlobNotFound')
    expect(await failure(at('x').getProperties())).toBe('404 BlobNotFound')
  })

  test('are copied within the account, with their blocks', async () => {
    await at('x').uploadStream(Readable.from([Buffer.alloc(30, 'x')]), 10, 2, { metadata: { a: '1' } })
    const copied = await at('y').syncCopyFromURL(at('x').url)
    expect(copied).toMatchObject({ copyStatus: 'success', copyId: expect.any(String) })
    expect(await at('y').getProperties()).toMatchObject({ metadata: { a: '1' }, copySource: at('x').url })
    expect((await at('y').getBlockList('committed')).committedBlocks).toHaveLength(3)
    const poller = await at('z').beginCopyFromURL(at('x').url, { metadata: { b: '2' } })
    expect(await poller.pollUntilDone()).toMatchObject({ copyStatus: 'success' })
    expect(await at('z').getProperties()).toMatchObject({ metadata: { b: '2' }, copyProgress: '30/30' })
    const { etag } = await at('u').syncUploadFromURL(at('x').url)
    expect(await at('u').getProperties()).toMatchObject({ etag, metadata: {}, contentLength: 30 })
    for (const name of ['y', 'z', 'u']) expect(await read(name)).toBe('x'.repeat(30))
    expect(await failure(at('y').syncCopyFromURL(at('none').url))).toBe('404 CannotVerifyCopySource')
    const other = at('x').url.replace('testaccount', 'otheraccount')
    expect(await failure(at('y').syncCopyFromURL(other))).toBe('404 CannotVerifyCopySource')
    const sourceConditions = { ifMatch: '"0x1"' }
    expect(await failure(at('y').syncCopyFromURL(at('x').url, { sourceConditions }))).toBe('412 SourceConditionNotMet')
    const sourceContentMD5 = Buffer.alloc(16)
    expect(await failure(at('y').syncCopyFromURL(at('x').url, { sourceContentMD5 }))).toBe('400 Md5Mismatch')
  })
})

describe('reading', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blob-test-'))
  })
  afterEach(async () => rm(folder, { recursive: true }))

  test('a file goes up in blocks and comes down in ranges', async () => {
    const content = randomBytes(9_000_001)
    const [from, to] = [join(folder, 'from'), join(folder, 'to')]
    await writeFile(from, content)
    await at('f').uploadFile(from, { blockSize: 1_000_000, maxSingleShotSize: 1_000_000, concurrency: 4 })
    expect((await at('f').getBlockList('all')).committedBlocks).toHaveLength(10)
    await at('f').downloadToFile(to)
    expect((await readFile(to)).equals(content)).toBe(true)
    const whole = await at('f').downloadToBuffer(undefined, undefined, { blockSize: 700_000, concurrency: 4 })
    expect(whole.equals(content)).toBe(true)
    const some = await buffer((await at('f').download(999_990, 1_000_020)).readableStreamBody!)
    expect(some.equals(content.subarray(999_990, 2_000_010))).toBe(true)
  })

  test('ranges, and their sums', async () => {
    await put('x', '0123456789')
    expect(await read('x', 3)).toBe('3456789')
    expect(await read('x', 3, 4)).toBe('3456')
    expect(await read('x', 8, 100)).toBe('89')
    expect(await failure(at('x').download(10))).toBe('416 InvalidRange')
    const hashed = await at('x').download(2, 3, { rangeGetContentMD5: true })
    const [whole, part] = [sumsOf(Buffer.from('0123456789')), sumsOf(Buffer.from('234'))]
    expect(hashed).toMatchObject({ contentRange: 'bytes 2-4/10', contentLength: 3, _response: { status: 206 } })
    expect(Buffer.from(hashed.contentMD5!).toString('base64')).toBe(md5Of(part.md5))
    expect(Buffer.from(hashed.blobContentMD5!).toString('base64')).toBe(md5Of(whole.md5))
    const summed = await at('x').download(2, 3, { rangeGetContentCrc64: true })
    expect(Buffer.from(summed.contentCrc64!).toString('base64')).toBe(crc64Of(part.crc64nvme))
    expect(await failure(at('x').download(0, undefined, { rangeGetContentMD5: true }))).toBe('400 OutOfRangeInput')
    const get = async (headers: Record<string, string>) => call(at('x').url, { headers })
    expect((await get({ Range: 'bytes=1-2', 'x-ms-range': 'bytes=5-5' })).body.toString()).toBe('5')
    expect(await get({ Range: 'bytes=-2' })).toMatchObject({ status: 400 })
    expect(await get({ Range: 'bytes=10-' })).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } })
  })

  test('a download that is cut goes on where it was', async () => {
    const content = randomBytes(3_000_000)
    await at('x').uploadData(content)
    simulator.addFaults({ operation: 'blob.GetBlob', kind: 'reset-after' })
    const retried = clientOf(simulator, { tries: 3 }).getContainerClient(container.containerName).getBlobClient('x')
    expect((await retried.downloadToBuffer()).equals(content)).toBe(true)
  })
})

describe('blocks', () => {
  test('a stream becomes many of them', async () => {
    const content = randomBytes(1_000_003)
    const chunks = Array.from({ length: 1001 }, (_, index) => content.subarray(index * 1000, (index + 1) * 1000))
    const { etag } = await at('s').uploadStream(Readable.from(chunks), 10_000, 5)
    const { committedBlocks = [] } = await at('s').getBlockList('committed')
    expect(committedBlocks).toHaveLength(101)
    expect((await at('s').getProperties()).etag).toBe(etag)
    // The list is XML: what was uploaded is not.
    expect((await at('s').getProperties()).contentType).toBe('application/octet-stream')
    // The service knows no MD5 of what came in blocks.
    expect((await at('s').getProperties()).contentMD5).toBeUndefined()
    expect((await at('s').downloadToBuffer()).equals(content)).toBe(true)
  })

  test('are of no blob until a list says so', async () => {
    await at('x').stageBlock(id(1), 'one', 3)
    await at('x').stageBlock(id(2), 'two', 3)
    await at('x').stageBlock(id(2), 'zwei', 4)
    expect(await at('x').exists()).toBe(false)
    expect((await at('x').getBlockList('all')).uncommittedBlocks).toEqual([
      { name: id(1), size: 3 },
      { name: id(2), size: 4 },
    ])
    expect(await failure(at('x').commitBlockList([id(1), id(3)]))).toBe('400 InvalidBlockList')
    const names = async (options: object): Promise<readonly string[]> => {
      const found: string[] = []
      for await (const { name } of container.listBlobsFlat(options)) found.push(name)
      return found
    }
    expect(await names({})).toEqual([])
    expect(await names({ includeUncommitedBlobs: true })).toEqual(['x'])
    await at('x').commitBlockList([id(2), id(1), id(2)], { blobHTTPHeaders: { blobContentType: 'text/x' } })
    expect(await read('x')).toBe('zweionezwei')
    expect(await at('x').getProperties()).toMatchObject({ contentType: 'text/x' })
    const { committedBlocks, uncommittedBlocks } = await at('x').getBlockList('all')
    expect(committedBlocks?.map(({ name }) => name)).toEqual([id(2), id(1), id(2)])
    expect(uncommittedBlocks ?? []).toEqual([])
  })

  test('new and old ones are mixed, by where they are looked for', async () => {
    await at('x').stageBlock(id(1), 'one', 3)
    await at('x').stageBlock(id(2), 'two', 3)
    await at('x').commitBlockList([id(1), id(2)])
    await at('x').stageBlock(id(2), 'ZWEI', 4)
    const commit = async (lines: string) => {
      const body = `<?xml version="1.0" encoding="utf-8"?>\n<BlockList>${lines}</BlockList>`
      return call(`${at('x').url}?comp=blocklist`, { method: 'PUT', body })
    }
    expect(await commit(`<Committed>${id(3)}</Committed>`)).toMatchObject({ status: 400 })
    expect(await commit('<Newest>x</Newest>')).toMatchObject({ headers: { 'x-ms-error-code': 'InvalidXmlDocument' } })
    const lines = `<Committed>${id(2)}</Committed> <Uncommitted>${id(2)}</Uncommitted><Latest>${id(2)}</Latest>`
    expect(await commit(`${lines}<Latest>${id(1)}</Latest>`)).toMatchObject({ status: 201 })
    expect(await read('x')).toBe('twoZWEIZWEIone')
  })

  test('have ids of one length, and content', async () => {
    await at('x').stageBlock(id(1), 'one', 3)
    expect(await failure(at('x').stageBlock('AAAA', 'x', 1))).toBe('400 InvalidBlobOrBlock')
    expect(await failure(at('x').stageBlock('no base64', 'x', 1))).toBe('400 InvalidBlockId')
    expect(await failure(at('x').stageBlock(id(2), '', 0))).toBe('400 InvalidHeaderValue')
    await container.getAppendBlobClient('log').create()
    expect(await failure(at('log').stageBlock(id(1), 'x', 1))).toBe('409 InvalidBlobType')
    expect(await failure(at('log').commitBlockList([]))).toBe('409 InvalidBlobType')
    // A blob that is put forgets them.
    await put('x', 'whole')
    expect(await failure(at('x').commitBlockList([id(1)]))).toBe('400 InvalidBlockList')
    const references = Array.from({ length: 50_001 }, () => `<Latest>${id(1)}</Latest>`)
    const body = `<BlockList>${references.join('')}</BlockList>`
    const answered = await call(`${at('x').url}?comp=blocklist`, { method: 'PUT', body })
    expect(answered).toMatchObject({ status: 400, headers: { 'x-ms-error-code': 'BlockListTooLong' } })
  })
})

describe('append blobs', () => {
  test('a log grows, whoever writes to it', async () => {
    const log = container.getAppendBlobClient('log')
    await log.create({ metadata: { a: '1' } })
    expect(await failure(log.create({ conditions: { ifNoneMatch: '*' } }))).toBe('409 BlobAlreadyExists')
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}\n`)
    const answers = await Promise.all(lines.map(async (line) => log.appendBlock(line, line.length)))
    const content = await read('log')
    for (const [index, { blobAppendOffset }] of answers.entries()) {
      expect(content.slice(Number(blobAppendOffset)).startsWith(lines[index]!)).toBe(true)
    }
    expect(content).toHaveLength(lines.join('').length)
    expect(await log.getProperties()).toMatchObject({
      blobType: 'AppendBlob',
      blobCommittedBlockCount: 30,
      contentLength: content.length,
      metadata: { a: '1' },
    })
  })

  test('conditions of position and size', async () => {
    const log = container.getAppendBlobClient('log')
    await log.create()
    await log.appendBlock('12345', 5, { conditions: { appendPosition: 0, maxSize: 5 } })
    const failing = async (conditions: object) => failure(log.appendBlock('6', 1, { conditions }))
    expect(await failing({ appendPosition: 4 })).toBe('412 AppendPositionConditionNotMet')
    expect(await failing({ maxSize: 5 })).toBe('412 MaxBlobSizeConditionNotMet')
    expect(await failing({ ifMatch: '"0x1"' })).toBe('412 ConditionNotMet')
    expect(await failure(log.appendBlock('', 0))).toBe('400 InvalidHeaderValue')
    await put('block', 'x')
    expect(await failure(container.getAppendBlobClient('block').appendBlock('x', 1))).toBe('409 InvalidBlobType')
    expect(await failure(container.getAppendBlobClient('none').appendBlock('x', 1))).toBe('404 BlobNotFound')
    expect(await read('log')).toBe('12345')
  })
})

describe('conditions', () => {
  test('of many that put what must not be there, one wins', async () => {
    const conditions = { ifNoneMatch: '*' }
    const race = async (attempt: (index: number) => Promise<unknown>): Promise<readonly string[]> => {
      const ends = await Promise.allSettled(Array.from({ length: 50 }, async (_, index) => attempt(index)))
      const rejected = ends.filter((end) => end.status === 'rejected')
      expect(rejected).toHaveLength(49)
      return [...new Set(rejected.map(({ reason }) => `${reason.statusCode} ${reason.details.errorCode}`))]
    }
    expect(await race(async (index) => put('once', `${index}`, { conditions }))).toEqual(['409 BlobAlreadyExists'])
    const winner = simulator.calls.filter(({ path, status }) => path.endsWith('/once') && status === 201)
    expect(winner).toHaveLength(1)
    expect(await read('once')).toMatch(/^\d+$/)
    await at('list').stageBlock(id(1), 'one', 3)
    const codes = await race(async () => at('list').commitBlockList([id(1)], { conditions }))
    expect(codes).toEqual(['409 BlobAlreadyExists'])
    expect(await read('list')).toBe('one')
  })

  test('a write by its ETag and times', async () => {
    const { etag, lastModified } = await put('x', 'one')
    const past = new Date(lastModified!.getTime() - 60_000)
    const failing = async (conditions: object) => failure(put('x', 'no', { conditions }))
    expect(await failing({ ifMatch: '"0x8D0000000000000"' })).toBe('412 ConditionNotMet')
    expect(await failing({ ifNoneMatch: etag })).toBe('412 ConditionNotMet')
    expect(await failing({ ifUnmodifiedSince: past })).toBe('412 ConditionNotMet')
    expect(await failing({ ifModifiedSince: lastModified })).toBe('412 ConditionNotMet')
    expect(await failing({ ifMatch: `${etag}, "0x1"` })).toBe('400 MultipleConditionHeadersNotSupported')
    expect(await failure(put('none', 'no', { conditions: { ifMatch: '*' } }))).toBe('412 ConditionNotMet')
    expect(await failure(at('x').delete({ conditions: { ifMatch: '"0x1"' } }))).toBe('412 ConditionNotMet')
    expect(await failure(at('x').delete({ conditions: { ifNoneMatch: '*' } }))).toBe('400 UnsatisfiableCondition')
    expect(await read('x')).toBe('one')
    await put('x', 'two', { conditions: { ifMatch: etag } })
    await put('x', 'three', { conditions: { ifModifiedSince: past, ifNoneMatch: etag } })
    expect(await read('x')).toBe('three')
  })

  test('a read by its ETag and times', async () => {
    const { etag, lastModified } = await put('x', 'one')
    const failing = async (conditions: object) => failure(at('x').download(0, undefined, { conditions }))
    expect(await failing({ ifNoneMatch: etag })).toBe('304 ConditionNotMet')
    expect(await failing({ ifModifiedSince: lastModified })).toBe('304 ConditionNotMet')
    expect(await failing({ ifMatch: '"0x1"' })).toBe('412 ConditionNotMet')
    expect(await failing({ ifUnmodifiedSince: new Date(0) })).toBe('412 ConditionNotMet')
    expect(await failing({ ifNoneMatch: '*' })).toBe('400 UnsatisfiableCondition')
    const conditions = { ifMatch: etag!, ifUnmodifiedSince: new Date(0) }
    expect(await text((await at('x').download(0, undefined, { conditions })).readableStreamBody!)).toBe('one')
  })
})

describe('checksums', () => {
  test('of the content are compared', async () => {
    const sums = sumsOf(Buffer.from('hello'))
    const [md5, crc64] = [Buffer.from(sums.md5, 'hex'), Buffer.from(crc64Of(sums.crc64nvme), 'base64')]
    // As the SDK's own calculator has it.
    expect(crc64.toString('base64')).toBe('V0JSBnCFdzM=')
    const block = async (options: object) => at('x').stageBlock(id(1), 'hello', 5, options)
    await block({ transactionalContentMD5: md5 })
    await block({ transactionalContentCrc64: crc64 })
    expect(await failure(block({ transactionalContentMD5: Buffer.from(EMPTY.md5, 'hex') }))).toBe('400 Md5Mismatch')
    expect(await failure(block({ transactionalContentCrc64: Buffer.alloc(8) }))).toBe('400 Crc64Mismatch')
    expect(await failure(block({ transactionalContentMD5: md5.subarray(1) }))).toBe('400 InvalidMd5')
    const log = container.getAppendBlobClient('log')
    await log.create()
    const wrong = { transactionalContentCrc64: Buffer.alloc(8) }
    expect(await failure(log.appendBlock('hello', 5, wrong))).toBe('400 Crc64Mismatch')
    const headers = { 'x-ms-blob-type': 'BlockBlob' }
    const put = async (more: object) =>
      call(at('y').url, { method: 'PUT', body: 'hello', headers: { ...headers, ...more } })
    const code = async (more: object) => (await put(more)).headers['x-ms-error-code']
    const other = md5Of(EMPTY.md5)
    expect(await code({ 'Content-MD5': other })).toBe('Md5Mismatch')
    expect(await code({ 'x-ms-blob-content-md5': other })).toBe('Md5Mismatch')
    expect(await code({ 'x-ms-content-crc64': 'AAAAAAAAAAA=' })).toBe('Crc64Mismatch')
    expect(await code({ 'Content-MD5': md5.toString('base64'), 'x-ms-content-crc64': 'AAAAAAAAAAA=' })).toBe(
      'InvalidInput',
    )
    expect(await at('y').exists()).toBe(false)
    expect(await code({ 'Content-MD5': md5.toString('base64') })).toBeUndefined()
  })
})

describe('lists', () => {
  test('come in pages, in order', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `n/${`${index}`.padStart(2, '0')}`)
    await Promise.all(names.toReversed().map(async (name) => put(name, name)))
    await put('other', 'x')
    const pages: string[][] = []
    for await (const page of container.listBlobsFlat({ prefix: 'n/' }).byPage({ maxPageSize: 10 })) {
      pages.push(page.segment.blobItems.map(({ name }) => name))
    }
    expect(pages).toEqual([names.slice(0, 10), names.slice(10, 20), names.slice(20)])
    const foreign = container.listBlobsFlat().byPage({ continuationToken: 'made up' }).next()
    expect(await failure(foreign)).toBe('400 InvalidQueryParameterValue')
  })

  test('show folders', async () => {
    for (const name of ['a', 'b/1', 'b/2/x', 'b/', 'b0', 'c//d']) await put(name, name)
    const listed = async (prefix: string, maxPageSize = 1): Promise<readonly string[]> => {
      const found: string[] = []
      for await (const page of container.listBlobsByHierarchy('/', { prefix }).byPage({ maxPageSize })) {
        for (const item of page.segment.blobPrefixes ?? []) found.push(`${item.name}…`)
        for (const { name } of page.segment.blobItems) found.push(name)
      }
      return found
    }
    expect(await listed('')).toEqual(['a', 'b/…', 'b0', 'c/…'])
    // Many names are one folder on one page too; the SDK gives those of a page first.
    expect(await listed('', 10)).toEqual(['b/…', 'c/…', 'a', 'b0'])
    expect(await listed('b/')).toEqual(['b/', 'b/1', 'b/2/…'])
    expect(await listed('c/')).toEqual(['c//…'])
    expect(await listed('none')).toEqual([])
  })

  test('lag behind where that is asked for', async () => {
    await put('x', 'x')
    simulator.addFaults({ operation: 'blob.ListBlobs', kind: 'stale-list', delayMs: 60_000 })
    const names = async () => (await container.listBlobsFlat().byPage().next()).value.segment.blobItems.length
    expect([await names(), await names()]).toEqual([0, 1])
  })
})

describe('containers', () => {
  test('are made, changed, listed and deleted', async () => {
    const name = `made-${randomBytes(4).toString('hex')}`
    const made = client.getContainerClient(name)
    expect(await made.exists()).toBe(false)
    expect(await failure(made.getProperties())).toBe('404 ContainerNotFound')
    expect(await failure(made.getBlockBlobClient('x').upload('x', 1))).toBe('404 ContainerNotFound')
    const created = await made.create({ metadata: { Owner: 'me' } })
    expect(await failure(made.create())).toBe('409 ContainerAlreadyExists')
    expect((await made.createIfNotExists()).succeeded).toBe(false)
    expect(await made.getProperties()).toMatchObject({ etag: created.etag, metadata: { owner: 'me' } })
    const changed = await made.setMetadata({ other: 'x' })
    expect(await made.getProperties()).toMatchObject({ etag: changed.etag, metadata: { other: 'x' } })
    const listed: unknown[] = []
    for await (const item of client.listContainers({ prefix: 'made-', includeMetadata: true })) listed.push(item)
    expect(listed).toMatchObject([{ name, metadata: { other: 'x' }, properties: { etag: changed.etag } }])
    await made.getBlockBlobClient('x').upload('x', 1)
    expect(await failure(made.delete({ conditions: { ifModifiedSince: new Date() } }))).toBe('412 ConditionNotMet')
    await made.delete()
    expect(await failure(made.getBlockBlobClient('x').download())).toBe('404 ContainerNotFound')
    expect(await failure(made.create())).toBe('409 ContainerBeingDeleted')
    expect((await made.deleteIfExists()).succeeded).toBe(false)
  })

  test('have names', async () => {
    expect(await failure(client.getContainerClient('Upper').create())).toBe('400 InvalidResourceName')
    expect(await failure(client.getContainerClient('a--b').create())).toBe('400 InvalidResourceName')
    expect(await failure(client.getContainerClient('ab').create())).toBe('400 OutOfRangeInput')
    expect(await failure(client.getContainerClient('a'.repeat(64)).create())).toBe('400 OutOfRangeInput')
    expect(await failure(put('x'.repeat(1025), 'x'))).toBe('400 InvalidResourceName')
    await put('x'.repeat(1024), 'x')
  })
})

describe('what is refused', () => {
  test('metadata that cannot be', async () => {
    expect(await failure(put('x', 'x', { metadata: { 'a-b': '1' } }))).toBe('400 InvalidMetadata')
    expect(await failure(put('x', 'x', { metadata: { a: 'x'.repeat(8193) } }))).toBe('400 MetadataTooLarge')
    expect(await failure(at('x').setMetadata({ '1a': '1' }))).toBe('400 InvalidMetadata')
  })

  test('what the simulator does not have', async () => {
    await put('x', 'x')
    const refused = async (pending: Promise<unknown>) => expect(await failure(pending)).toMatch(/^(400|404) /)
    await refused(container.getPageBlobClient('p').create(512))
    await refused(at('x').setAccessTier('Cool'))
    await refused(at('x').createSnapshot())
    await refused(at('x').getBlobLeaseClient().acquireLease(-1))
    await refused(put('x', 'x', { tags: { a: 'b' } }))
    await refused(put('x', 'x', { contentChecksumAlgorithm: 'StorageCrc64' }))
    await refused(at('x').download(0, undefined, { contentChecksumAlgorithm: 'StorageCrc64' }))
    expect(await read('x')).toBe('x')
  })

  test('an error is a document, and says who asked', async () => {
    const headers = { 'x-ms-client-request-id': 'mine', 'x-ms-version': '2025-01-05' }
    const answered = await call(at('none').url, { headers })
    expect(answered).toMatchObject({
      status: 404,
      headers: {
        'content-type': 'application/xml',
        'x-ms-error-code': 'BlobNotFound',
        'x-ms-client-request-id': 'mine',
        'x-ms-version': '2025-01-05',
      },
    })
    const requestId = answered.headers['x-ms-request-id'] as string
    expect(answered.body.toString()).toMatch(
      new RegExp(
        `^<\\?xml version="1.0" encoding="utf-8"\\?><Error><Code>BlobNotFound</Code><Message>The specified blob does not exist.\nRequestId:${requestId}\nTime:\\d{4}-[^<]*</Message></Error>$`,
      ),
    )
    const head = await call(at('none').url, { method: 'HEAD' })
    expect(head).toMatchObject({ status: 404, headers: { 'x-ms-error-code': 'BlobNotFound' } })
    expect(await call(at('x').url, { headers: { 'x-ms-version': 'new' } })).toMatchObject({ status: 400 })
    expect(await call(`${at('x').url}?comp=none`)).toMatchObject({ status: 400 })
    expect(await call(`${container.url}/%zz`)).toMatchObject({ status: 400 })
    const chunked = { 'x-ms-blob-type': 'BlockBlob', 'Transfer-Encoding': 'chunked' }
    expect(await call(at('x').url, { method: 'PUT', body: 'x', headers: chunked })).toMatchObject({ status: 411 })
    expect(await call(at('x').url, { method: 'PUT', body: 'x' })).toMatchObject({
      headers: { 'x-ms-error-code': 'MissingRequiredHeader' },
    })
  })
})

describe('faults', () => {
  test('are answered in the words of the service', async () => {
    const answered = async (kind: 'throttle' | 'server-error' | 'expired-token' | 'capacity', headers = {}) => {
      simulator.addFaults({ operation: 'blob.GetBlob', kind })
      return call(at('x').url, { headers })
    }
    expect(await answered('throttle')).toMatchObject({ status: 503, headers: { 'x-ms-error-code': 'ServerBusy' } })
    const code = 'OperationTimedOut'
    expect(await answered('server-error')).toMatchObject({ status: 500, headers: { 'x-ms-error-code': code } })
    expect(await answered('capacity')).toMatchObject({ status: 503 })
    expect(await answered('expired-token')).toMatchObject({ status: 403 })
    expect(await answered('expired-token', { Authorization: 'Bearer x' })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('resource_id=') },
    })
  })

  test('the SDK goes on after them; a put whose answer is lost meets itself', async () => {
    const retried = clientOf(simulator, { tries: 4 }).getContainerClient(container.containerName)
    simulator.addFaults(
      { operation: 'blob.PutBlob', kind: 'throttle' },
      { operation: 'blob.PutBlob', kind: 'server-error' },
      { operation: 'blob.PutBlob', kind: 'reset-before' },
    )
    await retried.getBlockBlobClient('x').upload('one', 3)
    expect(await read('x')).toBe('one')
    simulator.addFaults({ operation: 'blob.PutBlob', kind: 'reset-after' })
    const conditions = { ifNoneMatch: '*' }
    const doubtful = retried.getBlockBlobClient('y').upload('mine', 4, { conditions })
    expect(await failure(doubtful)).toBe('409 BlobAlreadyExists')
    expect(await read('y')).toBe('mine')
  })
})
