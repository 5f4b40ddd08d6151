import fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  count,
  list,
  map,
  maybe,
  object,
  oneOf,
  orNull,
  shaped,
  ShapeError,
  text,
  truth,
  type Shape,
} from '../src/json-shape.ts'

const layers: Shape = object({
  layers: list(object({ size: count, digest: text(/^sha256:/u), urls: maybe(list(text())) })),
  os: oneOf('linux', 'windows'),
  labels: orNull(map(text())),
  isLast: maybe(truth),
})
const good = { os: 'linux', layers: [{ size: 0, digest: 'sha256:a', more: 1 }], labels: null }

test('a document of the shape is taken as it is, with what else it has', () => {
  expect(shaped(layers, good)).toBe(good)
  expect(layers({ ...good, labels: { a: 'b' }, isLast: false, other: [] }, '')).toBeUndefined()
})

test.each([
  [null, 'the whole is no object'],
  [[], 'the whole is no object'],
  ['{}', 'the whole is no object'],
  [{ ...good, layers: undefined }, 'layers is no list'],
  [{ ...good, layers: { 0: {} } }, 'layers is no list'],
  [{ ...good, layers: [null] }, 'layers.0 is no object'],
  [{ ...good, layers: [...good.layers, { size: -1 }] }, 'layers.1.size is no whole number'],
  [{ ...good, layers: [{ size: 1.5 }] }, 'layers.0.size is no whole number'],
  [{ ...good, layers: [{ size: 2 ** 53 }] }, 'layers.0.size is no whole number'],
  [{ ...good, layers: [{ size: '1' }] }, 'layers.0.size is no whole number'],
  [{ ...good, layers: [{ size: 1, digest: 'md5:1' }] }, 'layers.0.digest is no /^sha256:/u'],
  [{ ...good, layers: [{ size: 1, digest: 'sha256:1', urls: [1] }] }, 'layers.0.urls.0 is no text'],
  [{ ...good, layers: [{ size: 1, digest: 'sha256:1', urls: null }] }, 'layers.0.urls is no list'],
  [{ ...good, os: 'darwin' }, 'os is no one of linux, windows'],
  [{ ...good, labels: { a: 1 } }, 'labels.a is no text'],
  [{ ...good, labels: [] }, 'labels is no object'],
  [{ ...good, isLast: 0 }, 'isLast is no truth value'],
])('%j: %s', (value, wrong) => {
  expect(layers(value, '')).toBe(wrong)
  expect(() => shaped(layers, value)).toThrow(ShapeError)
})

test('only what programs have written as such is taken: names that every object has are none of its own', () => {
  expect(object({ toString: maybe(text()) })(JSON.parse('{"toString":"a"}'), '')).toBeUndefined()
  expect(object({ name: text() })(JSON.parse('{"__proto__":{"name":"a"}}'), '')).toBe('name is no text')
})

test('any JSON is judged, and nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const wrong = layers(value, '')
      if (wrong === undefined) expect(shaped(layers, value)).toBe(value)
      else expect(() => shaped(layers, value)).toThrow(new ShapeError(wrong))
    }),
  )
})
