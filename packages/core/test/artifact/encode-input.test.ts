import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createArtifact, isArtifact } from '../../src/artifact/artifact.ts'
import { decodeInput, encodeInput, type EncodedInput } from '../../src/artifact/encode-input.ts'
import { fileAt, type StoredFile } from '../../src/artifact/file.ts'
import { saveValue } from '../../src/artifact/save-value.ts'
import type { StoredValue } from '../../src/artifact/stored-value.ts'
import { FolderStore } from '../support/folder-store.ts'
import { all, bytesFrom, errorOf, save, testFolder, testStore } from '../support/values.ts'

const keyOf = (sha256: string): string => `inputs/${sha256}`

async function encode(input: unknown, store: FolderStore): Promise<EncodedInput> {
  return encodeInput(input, { store, keyOf })
}

async function decode(stored: StoredValue | undefined, store: FolderStore): Promise<unknown> {
  return decodeInput(stored === undefined ? undefined : (JSON.parse(JSON.stringify(stored)) as StoredValue), { store })
}

describe('without artifacts', () => {
  test('no input is no object, and not null', async () => {
    const store = await testStore()
    const none = await encode(undefined, store)
    expect(none.stored).toBeUndefined()
    expect(await all(store.list(''))).toEqual([])
    expect(await decode(none.stored, store)).toBeUndefined()
    expect((await encode(null, store)).digest).not.toBe(none.digest)
  })

  test('a value lies under the hash of its bytes, once', async () => {
    const store = await testStore()
    const [first, second] = await Promise.all([encode({ a: 1 }, store), encode({ a: 1 }, store)])
    expect(second).toEqual(first)
    expect(first.stored?.key).toBe(`inputs/${first.stored?.sha256}`)
    expect((await all(store.list(''))).length).toBe(1)
    expect((await encode({ a: 2 }, store)).digest).not.toBe(first.digest)
  })

  test('equal bytes of another sort are another input', async () => {
    const store = await testStore()
    const digests = await Promise.all(
      [
        ['a'],
        Buffer.from('["a"]'),
        new Uint8Array(Buffer.from('["a"]')).buffer,
        ReadableStream.from([Buffer.from('["a"]')]),
      ].map(async (value) => (await encode(value, store)).digest),
    )
    expect(new Set(digests).size).toBe(4)
  })

  test('what is changed after the call changes nothing', async () => {
    const store = await testStore()
    const data = { list: [1, 2], when: new Date(0) }
    const bytes = new Uint8Array([1, 2])
    const numbers = new Float64Array([1, 2])
    const long = { array: new Float64Array(200_000) }
    const encoding = Promise.all([data, bytes, numbers, long].map(async (value) => encode(value, store)))
    data.list.push(3)
    data.when.setTime(5)
    bytes.fill(9)
    numbers.fill(9)
    long.array.fill(9)
    const [first, second, third, fourth] = await encoding
    assert.deepStrictEqual(await decode(first?.stored, store), { list: [1, 2], when: new Date(0) })
    assert.deepStrictEqual(await decode(second?.stored, store), new Uint8Array([1, 2]))
    assert.deepStrictEqual(await decode(third?.stored, store), new Float64Array([1, 2]))
    assert.deepStrictEqual(await decode(fourth?.stored, store), { array: new Float64Array(200_000) })
  })

  test.each([
    [Promise.resolve(1), 'input is a promise'],
    [{ data: [Promise.resolve(1)] }, 'input.data[0] is a promise'],
  ])('a promise: the path, and the forgotten await', async (input, message) => {
    const error = await errorOf(encode(input, await testStore()))
    expect(error).toMatchObject({ code: 'VALUE_NOT_STORABLE', hint: expect.stringContaining('`await`') as string })
    expect(error.message).toContain(message)
  })
})

describe('with artifacts', () => {
  test('an artifact as the whole input moves no bytes', async () => {
    const store = await testStore()
    const stored = await save({ big: [1, 2, 3] }, store)
    const encoded = await encode(createArtifact(stored, store), store)
    expect(encoded.stored).toEqual(stored)
    expect((await all(store.list(''))).length).toBe(1)
    expect(await decode(encoded.stored, store)).toEqual({ big: [1, 2, 3] })
  })

  test('an artifact counts like the value that it holds', async () => {
    const store = await testStore()
    for (const value of [{ a: 1 }, new Date(5), Buffer.from('x'), new Float32Array([1])]) {
      const artifact = createArtifact(await save(value, store), store)
      expect((await encode(artifact, store)).digest).toBe((await encode(value, store)).digest)
    }
  })

  test('artifacts inside of arrays, objects, Map, Set and beside rich values', async () => {
    const store = await testStore()
    const model = createArtifact(await save({ trees: [1] }, store), store)
    const data = createArtifact(await save(new Map([['a', 1n]]), store), store)
    const input = { model, all: [data, model], by: new Map([['m', model]]), set: new Set([data]), when: new Date(0) }
    const { stored } = await encode(input, store)
    expect(stored?.materializer).toBe('structure')
    const decoded = (await decode(stored, store)) as typeof input
    assert.deepStrictEqual(decoded, {
      model: { trees: [1] },
      all: [new Map([['a', 1n]]), { trees: [1] }],
      by: new Map([['m', { trees: [1] }]]),
      set: new Set([new Map([['a', 1n]])]),
      when: new Date(0),
    })
    expect(decoded.all[1]).toBe(decoded.model)
  })

  test('two artifacts of one stored value are one', async () => {
    const store = await testStore()
    const [a, b] = [await save({ n: 1 }, store), await save({ n: 2 }, store)]
    const refer = (stored: StoredValue): unknown => createArtifact(stored, store)
    const one = refer(a)
    const once = await encode({ first: one, second: one, third: refer(b) }, store)
    const twice = await encode({ first: refer(a), second: refer(a), third: refer(b) }, store)
    expect(twice).toEqual(once)
    expect(once.stored?.meta).toEqual({ inner: [a, b] })
    const decoded = (await decode(twice.stored, store)) as { first: unknown; second: unknown; third: unknown }
    expect(decoded).toEqual({ first: { n: 1 }, second: { n: 1 }, third: { n: 2 } })
    expect(decoded.second).toBe(decoded.first)
  })

  test('the digest depends on what artifacts hold, never on where they lie', async () => {
    const store = await testStore()
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.date(), fc.uint8Array({ maxLength: 5 }))
    const place = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(place, fc.array(leaf, { minLength: 4, maxLength: 4 }), leaf, async (names, values, other) => {
        const make = async (leaves: readonly unknown[]): Promise<EncodedInput> => {
          const entries = names.map(async (name, index) => [
            name,
            createArtifact(await save(leaves[index], store), store),
          ])
          return encode(
            { entries: (await Promise.all(entries)).map(([name, artifact]) => ({ name, artifact })) },
            store,
          )
        }
        const [first, second] = [await make(values), await make(values)]
        expect(second.digest).toBe(first.digest)
        expect(second.stored?.sha256).toBe(first.stored?.sha256)
        const decoded = (await decode(first.stored, store)) as { entries: { artifact: unknown }[] }
        assert.deepStrictEqual(
          decoded.entries.map(({ artifact }) => artifact),
          values.slice(0, names.length),
        )
        const changed = await make([other, ...values.slice(1)])
        expect(changed.digest === first.digest).toBe(sameContent(other, values[0]))
      }),
      { numRuns: 40 },
    )
  })

  test('many artifacts are read a few at a time', async () => {
    let open = 0
    let most = 0
    class CountingStore extends FolderStore {
      protected override async readObject(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
        most = Math.max(most, ++open)
        const stream = await super.readObject(key)
        if (stream === undefined) throw new Error('missing')
        return (async function* counted() {
          yield* stream
          open -= 1
        })()
      }
    }
    const store = new CountingStore((await testStore()).config)
    const artifacts = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => createArtifact<number>(await save(n, store), store)),
    )
    const { stored } = await encode(artifacts, store)
    expect(await decode(stored, store)).toEqual(Array.from({ length: 50 }, (_, n) => n))
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(8)
  })

  test('an artifact whose bytes are gone fails the input', async () => {
    const store = await testStore()
    const gone = await save(1, store)
    const { stored } = await encode([createArtifact(gone, store)], store)
    await store.delete(gone.key)
    const error = await errorOf(decode(stored, store))
    expect(error.code).toBe('ARTIFACT_MISSING')
    expect(error.message).toContain(gone.key)
  })

  test('an artifact of another store says where it lies', async () => {
    const [store, other] = [await testStore(), await testStore()]
    const artifact = createArtifact(await save(1, other), other)
    for (const [input, path] of [
      [artifact, 'input'],
      [{ a: { b: artifact } }, 'input.a.b'],
    ] as const) {
      const error = await errorOf(encode(input, store))
      expect(error).toMatchObject({
        code: 'VALUE_NOT_STORABLE',
        hint: expect.stringContaining('artifact.value()') as string,
      })
      expect(error.message).toContain(`${path} is an artifact of another store: it lies at ${artifact.uri}`)
    }
  })

  test('artifacts of another copy of the package are artifacts', async () => {
    const store = await testStore()
    const specifier: string = '../../src/artifact/artifact-reference.ts?copy'
    const copy = (await import(specifier)) as {
      markAsArtifact: (artifact: object, internals: object) => void
    }
    const artifact = { uri: 'x' }
    class Foreign {}
    const foreign = Object.assign(new Foreign(), artifact)
    const stored = await save(7, store)
    copy.markAsArtifact(foreign, { stored, store })
    expect(isArtifact(foreign)).toBe(true)
    expect(await decode((await encode({ foreign }, store)).stored, store)).toEqual({ foreign: 7 })
  })

  test('the value of an artifact that is a structure counts by content too', async () => {
    const store = await testStore()
    const path = join(await testFolder(), 'model.bin')
    await writeFile(path, 'weights')
    const outputs = [1, 2].map(async (attempt) =>
      saveValue({ model: fileAt(path), score: 0.5 }, { store, key: `run-${attempt}/outputs/value` }),
    )
    const digests = await Promise.all(
      (await Promise.all(outputs)).map(async (stored) => (await encode([createArtifact(stored, store)], store)).digest),
    )
    expect(digests[1]).toBe(digests[0])
  })
})

describe('with files', () => {
  test('files and long streams as inputs', async () => {
    const store = await testStore()
    const path = join(await testFolder(), 'data.csv')
    await writeFile(path, 'a,b\n1,2\n')
    const { stored } = await encode({ data: fileAt(path), sep: ',' }, store)
    const decoded = (await decode(stored, store)) as { data: StoredFile; sep: string }
    expect(decoded.sep).toBe(',')
    expect(decoded.data.name).toBe('data.csv')
    expect(Buffer.from(await decoded.data.read()).toString()).toBe('a,b\n1,2\n')
    expect((await all(store.list(''))).every(({ key }) => key.startsWith('inputs/'))).toBe(true)
    const streamed = await encode(ReadableStream.from([Buffer.from('a'), Buffer.from('b')]), store)
    expect((await bytesFrom((await decode(streamed.stored, store)) as AsyncIterable<Uint8Array>)).toString()).toBe('ab')
  })

  test('a file that another step left goes on without being copied', async () => {
    const store = await testStore()
    const path = join(await testFolder(), 'model.bin')
    await writeFile(path, 'weights')
    const output = await saveValue({ model: fileAt(path) }, { store, key: 'outputs/value' })
    const { model } = await createArtifact<{ model: StoredFile }>(output, store).value()
    const { stored } = await encode({ model, top: 5 }, store)
    const decoded = (await decode(stored, store)) as { model: StoredFile }
    expect(Buffer.from(await decoded.model.read()).toString()).toBe('weights')
    expect((await all(store.list('inputs/'))).length).toBe(1)
  })
})

function sameContent(a: unknown, b: unknown): boolean {
  try {
    assert.deepStrictEqual(a, b)
    return true
  } catch {
    return false
  }
}
