import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'

import { loadValue } from '../../src/artifact/load-value.ts'
import { saveValue } from '../../src/artifact/save-value.ts'
import { SidestepError } from '../../src/errors.ts'
import { all, bytesFrom, errorOf, roundTrip, save, testFolder, testStore } from '../support/values.ts'

const keyOf = (sha256: string): string => `inputs/${sha256}`
const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

test('bytes are stored as they are', async () => {
  const store = await testStore()
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (value) => {
      const stored = await save(value, store)
      expect(stored).toMatchObject({ materializer: 'bytes', size: value.length, sha256: hashOf(value) })
      assert.deepStrictEqual(await loadValue(stored, { store }), value)
    }),
    { numRuns: 50 },
  )
})

test('a Buffer comes back as a Uint8Array of its own memory, an ArrayBuffer as an ArrayBuffer', async () => {
  const store = await testStore()
  const loaded = (await roundTrip(Buffer.from('abc'), store)) as Uint8Array
  assert.deepStrictEqual(loaded, new Uint8Array([97, 98, 99]))
  expect(loaded.buffer.byteLength).toBe(3)
  assert.deepStrictEqual(await roundTrip(new Uint8Array([1, 2]).buffer, store), new Uint8Array([1, 2]).buffer)
})

test('typed arrays are stored raw, each as its own class', async () => {
  const store = await testStore()
  const buffer = Uint8Array.from({ length: 64 }, (_, n) => n * 3).buffer
  const classes: (new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView)[] = [
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ]
  const views = classes.map((View) => new View(buffer, 8, 3))
  for (const view of views) {
    const stored = await save(view, store)
    expect(stored).toMatchObject({
      materializer: 'typed-array',
      size: view.byteLength,
      meta: { type: view.constructor.name },
    })
    assert.deepStrictEqual(await loadValue(stored, { store }), view)
  }
})

test('a long array inside a value is stored raw beside it', async () => {
  const store = await testStore()
  const weights = Float64Array.from({ length: 200_000 }, (_, n) => n / 7)
  const value = { weights, again: weights, bias: [1, 2] }
  const stored = await saveValue(value, { store, key: 'outputs/value' })
  expect(stored.size).toBeLessThan(500)
  expect((await store.stat('outputs/value.files/0'))?.size).toBe(1_600_000)
  const loaded = (await loadValue(stored, { store })) as typeof value
  assert.deepStrictEqual(loaded, value)
  expect(loaded.again).toBe(loaded.weights)
})

const chunks = [Buffer.from('one'), new Uint8Array([0, 255]), Buffer.alloc(0), Buffer.from('three')]
const whole = Buffer.concat(chunks)

test.each<[string, () => unknown]>([
  ['a web stream', () => ReadableStream.from(chunks)],
  ['a Node stream', () => Readable.from(chunks, { objectMode: false })],
  [
    'an async generator',
    async function* generate() {
      yield* chunks
    },
  ],
])('%s is stored under a fixed key and under its hash, and comes back as a web stream', async (_what, make) => {
  const store = await testStore()
  const expected = { materializer: 'stream', size: whole.length, sha256: hashOf(whole) }
  for (const key of ['outputs/value', keyOf]) {
    const stored = await saveValue(make(), { store, key })
    expect(stored).toEqual({ ...expected, key: key === keyOf ? keyOf(hashOf(whole)) : key })
    const loaded = (await loadValue(stored, { store })) as ReadableStream<Uint8Array>
    expect(loaded).toBeInstanceOf(ReadableStream)
    expect(await bytesFrom(loaded)).toEqual(whole)
  }
})

/** Bytes in use, without what only waits for its collection: that depends on what else this process has done. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  // The bytes of a collection are freed by another thread, which the next one waits for.
  collect()
  return process.memoryUsage().arrayBuffers
}

test('a long stream passes with flat memory', async () => {
  const store = await testStore()
  const size = 256 * 2 ** 20
  let highest = 0
  let passed = 0
  const pass = (bytes: number): void => {
    passed += bytes
    if (passed % 2 ** 26 === 0) highest = Math.max(highest, bytesInUse())
  }
  async function* long(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 256; n += 1) {
      yield new Uint8Array(2 ** 20)
      pass(2 ** 20)
    }
  }
  const before = bytesInUse()
  const stored = await saveValue(long(), { store, key: 'outputs/value' })
  expect(stored.size).toBe(size)
  expect(passed).toBe(size)
  for await (const part of (await loadValue(stored, { store })) as AsyncIterable<Uint8Array>) pass(part.byteLength)
  expect(passed).toBe(2 * size)
  expect(highest).toBeGreaterThan(0)
  expect(highest - before).toBeLessThan(64 * 2 ** 20)
})

test('a stream that was spooled leaves nothing behind', async () => {
  const store = await testStore()
  const temporary = await testFolder()
  let spooling: string[] = []
  vi.stubEnv('TMPDIR', temporary)
  onTestFinished(() => void vi.unstubAllEnvs())
  await saveValue(watched(ReadableStream.from(chunks)), { store, key: keyOf })
  await errorOf(saveValue(ReadableStream.from(failing(new Error('lost'))), { store, key: keyOf }))
  expect(spooling).toEqual(['sidestep-stream-'])
  expect(await readdir(temporary)).toEqual([])

  async function* watched(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    spooling = (await readdir(temporary)).map((name) => name.slice(0, 'sidestep-stream-'.length))
    yield* stream
  }
})

test("the failure of the user's stream is the user's, and leaves no object", async () => {
  const store = await testStore()
  for (const key of ['outputs/value', keyOf]) {
    const error = await errorOf(saveValue(failing(new Error('lost the socket')), { store, key }))
    expect(error).toMatchObject({ code: 'VALUE_NOT_STORABLE', kind: 'step', cause: { message: 'lost the socket' } })
  }
  expect(await all(store.list(''))).toEqual([])
})

test('a failure that Sidestep knows goes through a stream as it is', async () => {
  const store = await testStore()
  const own = new SidestepError('gone', { code: 'ARTIFACT_MISSING', kind: 'infra' })
  await expect(save(failing(own), store)).rejects.toBe(own)
})

test('a stream of anything but bytes says so', async () => {
  const store = await testStore()
  const folder = await testFolder()
  const path = join(folder, 'text')
  await writeFile(path, 'abc')
  for (const stream of [createReadStream(path, 'utf8'), ReadableStream.from([{ a: 1 }])]) {
    const error = await errorOf(save(stream, store))
    expect(error.code).toBe('VALUE_NOT_STORABLE')
    expect(error.message).toMatch(/yielded an? (string|object) where a Uint8Array was expected/)
  }
})

test('a stream stops when the signal does', async () => {
  const store = await testStore()
  const abort = new AbortController()
  const reason = new Error('enough')
  let yielded = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield new Uint8Array(1_000)
      if (++yielded === 100) abort.abort(reason)
    }
  }
  await expect(saveValue(endless(), { store, key: 'outputs/value', signal: abort.signal })).rejects.toBe(reason)
  expect(await all(store.list(''))).toEqual([])
})

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.from('first')
  throw error
}
