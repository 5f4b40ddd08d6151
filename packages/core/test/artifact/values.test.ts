import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { loadValue } from '../../src/artifact/load-value.ts'
import { survey } from '../../src/artifact/survey.ts'
import { roundTrip, save, testStore } from '../support/values.ts'

/** Any string that JavaScript has, lone surrogates too. */
const anyString = fc.string({ unit: 'binary' })

describe('JSON', () => {
  const jsonValue = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, false),
      anyString,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(fc.oneof(anyString, fc.constantFrom('__proto__', 'constructor', '1', 'toJSON')), tie('value'), {
        maxKeys: 5,
        noNullPrototype: true,
      }),
    ),
  })).value

  test('every JSON value is stored as its JSON, and comes back the same, with the order of its keys', async () => {
    const store = await testStore()
    await fc.assert(
      fc.asyncProperty(jsonValue, async (value) => {
        const stored = await save(value, store)
        expect(stored.materializer).toBe('json')
        expect(Buffer.from((await store.get(stored.key)) ?? []).toString()).toBe(JSON.stringify(value))
        const loaded = await loadValue(stored, { store })
        assert.deepStrictEqual(loaded, value)
        expect(JSON.stringify(loaded)).toBe(JSON.stringify(value))
      }),
      { numRuns: 200 },
    )
  })

  test('whatever is called JSON survives JSON', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withSparseArray: true, withDate: true, withMap: true }),
        (value) => {
          const isJson = surveyed(value)
          if (isJson) assert.deepStrictEqual(JSON.parse(JSON.stringify(value)), value)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  const shared = {}
  test.each([
    ['undefined', undefined],
    ['an undefined property', { a: undefined }],
    ['NaN', NaN],
    ['infinity', -Infinity],
    ['-0', [-0]],
    ['a hole', Object.assign([1], { 2: 3 })],
    ['a bigint', 1n],
    ['a date', new Date(0)],
    ['no prototype', Object.create(null) as object],
    ['one object at two places', [shared, shared]],
  ])('%s is not JSON', async (_what, value) => {
    const store = await testStore()
    expect((await save(value, store)).materializer).toBe('rich')
    assert.deepStrictEqual(await roundTrip(value, store), value)
  })

  test('objects of another realm are data like those of this one', async () => {
    const store = await testStore()
    const foreign: unknown = runInNewContext(`({ list: [1, { a: 'b' }] })`)
    expect((await save(foreign, store)).materializer).toBe('json')
    const rich: unknown = runInNewContext(`({ map: new Map([[1, new Date(5)]]), array: new Float32Array([1, 2]) })`)
    assert.deepStrictEqual(await roundTrip(rich, store), {
      map: new Map([[1, new Date(5)]]),
      array: new Float32Array([1, 2]),
    })
  })
})

describe('rich values', () => {
  test('every value that can be stored comes back the same', async () => {
    const store = await testStore()
    const anything = fc.anything({
      maxDepth: 3,
      key: anyString,
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    })
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        fc.pre(!hasProtoKey(value))
        const loaded = await roundTrip(value, store)
        assert.deepStrictEqual(loaded, value)
        expect(shapeOf(loaded)).toEqual(shapeOf(value))
      }),
      { numRuns: 300 },
    )
  })

  test('the bytes of a value do not depend on anything but the value', async () => {
    const store = await testStore()
    const make = (): unknown => ({ when: new Date(5), by: new Map([['a', new Set([1n])]]), x: [NaN, -0, undefined] })
    const [first, second] = [await save(make(), store), await save(make(), store)]
    expect(second.sha256).toBe(first.sha256)
    expect(second.key).not.toBe(first.key)
  })

  test('cycles and shared objects keep their identity', async () => {
    const store = await testStore()
    const node: Record<string, unknown> = { name: 'a' }
    node['self'] = node
    node['in'] = new Map([[node, [node]]])
    const loaded = (await roundTrip(node, store)) as { self: unknown; in: Map<unknown, unknown[]> }
    expect(loaded.self).toBe(loaded)
    expect(loaded.in.get(loaded)?.[0]).toBe(loaded)
    const shared = { n: 1 }
    const [a, b] = (await roundTrip([shared, shared], store)) as object[]
    expect(a).toBe(b)
  })

  test('RegExp, URL, invalid dates and boxed values', async () => {
    const store = await testStore()
    const value = [
      /a+b/giu,
      new URL('https://example.com/?q=1#x'),
      new URLSearchParams('a=1&a=2'),
      new Date(NaN),
      Object(1n),
    ]
    const loaded = (await roundTrip(value, store)) as unknown[]
    assert.deepStrictEqual(loaded, value)
  })

  test('errors keep class, message, stack, cause, own properties, and ways back to themselves', async () => {
    const store = await testStore()
    class HttpError extends TypeError {
      readonly status = 503
      override readonly name = 'HttpError'
    }
    const error = new HttpError('no answer', { cause: new RangeError('too far') })
    const many = new AggregateError([error, new Error('b')], 'all failed')
    const own: Record<string, unknown> = {}
    const cyclic = Object.assign(new Error('cyclic'), { own })
    own['error'] = cyclic
    const [first, second, third] = (await roundTrip([error, many, cyclic], store)) as [
      HttpError,
      AggregateError,
      typeof cyclic,
    ]
    expect(Object.getPrototypeOf(first)).toBe(TypeError.prototype)
    expect(first).toMatchObject({ name: 'HttpError', message: 'no answer', status: 503, stack: error.stack })
    expect(Object.keys(first).toSorted()).toEqual(Object.keys(error).toSorted())
    expect(Object.getPrototypeOf(first.cause)).toBe(RangeError.prototype)
    expect(Object.getPrototypeOf(second)).toBe(AggregateError.prototype)
    expect(second.errors[0]).toBe(first)
    expect(third.own['error']).toBe(third)
  })

  test('a view inside a value is stored without the rest of its buffer', async () => {
    const store = await testStore()
    const buffer = new Uint8Array(10_000).fill(7)
    const stored = await save({ part: buffer.subarray(10, 14), word: new Uint16Array(buffer.buffer, 20, 2) }, store)
    expect(stored.size).toBeLessThan(200)
    const loaded = await loadValue(stored, { store })
    assert.deepStrictEqual(loaded, { part: new Uint8Array([7, 7, 7, 7]), word: new Uint16Array([0x0707, 0x0707]) })
  })

  test('a Buffer inside a value comes back as a Uint8Array', async () => {
    assert.deepStrictEqual(await roundTrip({ b: Buffer.from('abc') }, await testStore()), {
      b: new Uint8Array([97, 98, 99]),
    })
  })
})

/** JSON or not; values that cannot be stored at all are neither. */
function surveyed(value: unknown): boolean {
  try {
    return survey(value, 'value').json
  } catch {
    return false
  }
}

/** The order of keys, which deep equality does not look at. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value
  if (value instanceof Map) return [...value].flat().map(shapeOf)
  if (value instanceof Set) return [...value].map(shapeOf)
  if (ArrayBuffer.isView(value)) return value.constructor.name
  return Object.entries(value).map(([key, item]) => [key, shapeOf(item)])
}

function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof Map || value instanceof Set) return [...value].flat().some(hasProtoKey)
  return Object.entries(value).some(([key, item]) => key === '__proto__' || hasProtoKey(item))
}
