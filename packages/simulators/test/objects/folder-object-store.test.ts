import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'

import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { ManualClock } from '../../src/ground/manual-clock.ts'
import { compareUtf8 } from '../../src/ground/utf8-order.ts'
import { crc32c, crc64nvme } from '../../src/objects/crc.ts'
import { folderObjectStore } from '../../src/objects/folder-object-store.ts'
import { sumToBase64 } from '../../src/objects/hasher.ts'
import { BucketGoneError, type Bucket, type HashedBytes, type ObjectStore } from '../../src/objects/object-store.ts'

let folder: string
let clock: ManualClock
let store: ObjectStore
let bucket: Bucket
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'objects-test-'))
  clock = new ManualClock()
  store = folderObjectStore({ folder, clock, listDelayMs: 0 })
  bucket = store.createBucket('bucket')
})
afterEach(async () => {
  await store.close()
  // Rejects where the store left something.
  await rmdir(folder)
})

async function* chunks(...all: (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of all) yield Buffer.from(chunk)
}

const stage = async (...all: (Uint8Array | string)[]) => bucket.stage(chunks(...all))
const put = async (key: string, text: string, metadata = {}) => bucket.commit(key, [await stage(text)], metadata)
const textOf = async (bytes: HashedBytes, start?: number, end?: number): Promise<string> =>
  (await buffer(bytes.open(start === undefined || end === undefined ? undefined : { start, end }))).toString()
const files = async (): Promise<number> => {
  const [objects = ''] = await readdir(folder)
  return (await readdir(join(folder, objects))).length
}

function digestsOf(content: Uint8Array) {
  return {
    size: content.length,
    md5: createHash('md5').update(content).digest('hex'),
    sha256: createHash('sha256').update(content).digest('base64'),
    crc32: sumToBase64(crc32(content), 4),
    crc32c: sumToBase64(crc32c(content), 4),
    crc64nvme: sumToBase64(crc64nvme(content), 8),
  }
}

function digestsIn({ size, md5, sha256, crc32, crc32c, crc64nvme }: HashedBytes) {
  return { size, md5, sha256, crc32, crc32c, crc64nvme }
}

test('bytes are hashed while they arrive, and become an object', async () => {
  const staged = await stage('he', '', 'llo')
  expect(digestsIn(staged)).toEqual(digestsOf(Buffer.from('hello')))
  expect(await textOf(staged)).toBe('hello')
  await clock.advance(5)
  const version = await bucket.commit('a/b', [staged], { type: 'text' })
  expect(digestsIn(version)).toEqual(digestsOf(Buffer.from('hello')))
  expect(version).toMatchObject({ key: 'a/b', createdAt: clock.now(), metadata: { type: 'text' } })
  expect(bucket.get('a/b')).toBe(version)
  expect(await textOf(version)).toBe('hello')
  expect(bucket.get('a')).toBeUndefined()
})

test('any parts make the object of their bytes, and any range of it can be read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
      fc.nat(200),
      fc.nat(200),
      fc.boolean(),
      async (parts, one, other, waits) => {
        const staged = await Promise.all(parts.map(async (part) => stage(part)))
        const version = await bucket.commit('key', staged, {})
        const content = Buffer.concat(parts)
        if (waits) await version.hash()
        expect(digestsIn(version)).toEqual(digestsOf(content))
        expect((await buffer(version.open())).equals(content)).toBe(true)
        expect(await Promise.all(version.parts.map(async (part) => textOf(part)))).toEqual(
          parts.filter(({ length }) => length > 0).map((part) => Buffer.from(part).toString()),
        )
        const [start, end] = [Math.min(one, other), Math.max(one, other)]
        if (end >= content.length) expect(() => version.open({ start, end })).toThrow(RangeError)
        else expect((await buffer(version.open({ start, end }))).equals(content.subarray(start, end + 1))).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})

test('ranges that cannot be are refused', async () => {
  const version = await put('a', 'hello')
  for (const [start, end] of [
    [-1, 2],
    [0, 5],
    [3, 2],
    [0.5, 2],
    [NaN, 2],
  ] as const) {
    expect(() => version.open({ start, end })).toThrow('there are 5 bytes: none from')
  }
  const empty = await bucket.commit('empty', [], {})
  expect(digestsIn(empty)).toEqual(digestsOf(Buffer.alloc(0)))
  expect(await textOf(empty)).toBe('')
  expect(() => empty.open({ start: 0, end: 0 })).toThrow(RangeError)
})

test('a precondition is asked with what is there, and what it throws changes nothing', async () => {
  const refuse = (): never => {
    throw new Error('412')
  }
  const seen: (string | undefined)[] = []
  const staged = await stage('first')
  await expect(bucket.commit('a', [staged], {}, refuse)).rejects.toThrow('412')
  expect(bucket.get('a')).toBeUndefined()
  const first = await bucket.commit('a', [staged], {}, (existing) => seen.push(existing?.md5))
  await bucket.commit('a', [await stage('second')], {}, (existing) => seen.push(existing?.md5))
  expect(seen).toEqual([undefined, first.md5])
  expect(() => bucket.delete('a', refuse)).toThrow('412')
  expect(await textOf(bucket.get('a')!)).toBe('second')
  expect(bucket.delete('a', (existing) => expect(existing?.size).toBe(6))).toBe(true)
  expect([bucket.get('a'), bucket.delete('a')]).toEqual([undefined, false])
  expect(() => bucket.delete('a', refuse)).toThrow('412')
})

test('of many writers who want to be the first, one is', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, async (_, index) =>
      bucket.commit('a', [await stage(`${index}`)], { index }, (existing) => {
        if (existing !== undefined) throw new Error('taken')
      }),
    ),
  )
  const [winner, ...others] = results.filter(({ status }) => status === 'fulfilled')
  expect(others).toEqual([])
  expect(winner).toMatchObject({ value: bucket.get('a') })
})

test('generations grow, with a clock that stands still or goes back', async () => {
  const first = await put('a', 'x')
  const second = await put('b', 'x')
  expect(first.generation).toBe(clock.now() * 1000)
  expect(second.generation).toBe(first.generation + 1)
  await clock.advance(1)
  expect((await put('a', 'y')).generation).toBe(clock.now() * 1000)
})

test('staged bytes are used up by an object, and thrown away otherwise', async () => {
  const staged = await stage('x')
  const other = await stage('y')
  expect(await files()).toBe(2)
  await other.discard()
  await other.discard()
  await vi.waitFor(async () => expect(await files()).toBe(1))
  await expect(bucket.commit('a', [staged, other], {})).rejects.toThrow('the staged bytes were thrown away')
  expect(bucket.get('a')).toBeUndefined()
  const version = await bucket.commit('a', [staged, staged], {})
  await staged.discard()
  expect(await textOf(version)).toBe('xx')
  await expect(bucket.commit('b', [staged], {})).rejects.toThrow('the staged bytes were used up')
  await expect(bucket.commit('b', [{ ...digestsOf(Buffer.alloc(0)) } as HashedBytes], {})).rejects.toThrow(TypeError)
})

test('bytes that break off leave nothing', async () => {
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half')
    throw new Error('cut')
  }
  await expect(bucket.stage(broken())).rejects.toThrow('cut')
  expect(await files()).toBe(0)
})

test('versions and their parts are shared, not copied', async () => {
  const log = await bucket.commit('log', [await stage('one '), await stage('two ')], {})
  const longer = await bucket.commit('log', [log, await stage('three')], {})
  expect(await textOf(longer)).toBe('one two three')
  const other = store.createBucket('other')
  const copy = await other.commit('copy', [longer.parts[2]!, longer.parts[0]!, longer.parts[0]!], {})
  expect(await textOf(copy)).toBe('threeone one ')
  expect(digestsIn(copy)).toEqual(digestsOf(Buffer.from('threeone one ')))
  expect(await files()).toBe(3)
  bucket.delete('log')
  await clock.advance(600_000)
  bucket.list('')
  await vi.waitFor(async () => expect(await files()).toBe(2))
  expect(await textOf(copy)).toBe('threeone one ')
  await expect(bucket.commit('x', [longer], {})).rejects.toThrow('the bytes are of an object that is gone')
  expect(await files()).toBe(2)
})

test('who reads goes on when the object is deleted; who has it in hands can begin for ten minutes', async () => {
  const large = randomBytes(3_000_000)
  const version = await bucket.commit('a', [await stage(large), await stage(large)], {})
  const reading = version.open()
  await once(reading, 'readable')
  bucket.delete('a')
  const begun = version.open({ start: 3_000_000, end: 5_999_999 })
  await clock.advance(600_000)
  bucket.list('')
  expect(await files()).toBe(2)
  expect((await buffer(begun)).equals(large)).toBe(true)
  reading.destroy()
  await vi.waitFor(async () => expect(await files()).toBe(0))
  expect(() => version.open()).toThrow('no object has them any more')
})

test('a deleted bucket takes its objects with it, and no new ones', async () => {
  const staged = await stage('x')
  const version = await put('a', 'hello')
  const reading = version.open()
  expect(store.deleteBucket('bucket')).toBe(true)
  expect(store.deleteBucket('bucket')).toBe(false)
  expect(await buffer(reading)).toEqual(Buffer.from('hello'))
  await expect(bucket.commit('a', [staged], {})).rejects.toThrow(BucketGoneError)
  await staged.discard()
  await vi.waitFor(async () => expect(await files()).toBe(0))
  expect(store.bucket('bucket')).toBeUndefined()
  expect(store.createBucket('bucket').get('a')).toBeUndefined()
})

test('buckets are by name', () => {
  for (const name of ['b', 'a', 'c']) store.createBucket(name)
  expect(store.buckets().map(({ name }) => name)).toEqual(['a', 'b', 'bucket', 'c'])
  expect(store.bucket('a')).toMatchObject({ name: 'a', createdAt: clock.now() })
  expect(() => store.createBucket('a')).toThrow('there is a bucket a already')
})

test('lists are in the order of the bytes, by prefix', async () => {
  const keys = ['b', 'a/2', 'a/1', 'a', 'ab', '\u{1f600}', '\uffff', 'constructor', '__proto__']
  for (const key of keys) await put(key, key)
  expect(bucket.list('').map(({ key }) => key)).toEqual(keys.toSorted(compareUtf8))
  expect(bucket.list('a').map(({ key }) => key)).toEqual(['a', 'a/1', 'a/2', 'ab'])
  expect(bucket.list('a/').map(({ key }) => key)).toEqual(['a/1', 'a/2'])
  expect(bucket.list('zz')).toEqual([])
})

test('lists lag behind as they were told to, and show one state', async () => {
  const lateStore = folderObjectStore({ folder, clock, listDelayMs: 1000 })
  const late = lateStore.createBucket('late')
  const keys = (staleMs?: number): readonly string[] => late.list('', { staleMs: staleMs ?? 0 }).map(({ key }) => key)
  await late.commit('a', [], {})
  await clock.advance(500)
  await late.commit('b', [], {})
  late.delete('a')
  expect([keys(), late.get('a')]).toEqual([[], undefined])
  await clock.advance(500)
  expect(keys()).toEqual(['a'])
  await clock.advance(500)
  expect([keys(), keys(1001), keys(2000)]).toEqual([['b'], ['a'], []])
  await lateStore.close()
})

test('a large object of many parts is made in no time', async () => {
  const parts = await Promise.all(Array.from({ length: 1000 }, async () => stage('x'.repeat(1000))))
  const began = performance.now()
  const version = await bucket.commit('a', parts, {})
  expect(version.crc64nvme).toBe(sumToBase64(crc64nvme(Buffer.alloc(1_000_000, 'x')), 8))
  // Parts of one size cost a few microseconds each; a copy or a new power for each would take seconds.
  expect(performance.now() - began).toBeLessThan(2000)
  expect(version.size).toBe(1_000_000)
})
