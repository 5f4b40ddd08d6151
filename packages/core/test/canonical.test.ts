import { execFileSync } from 'node:child_process'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { canonicalJson, fingerprint, sha256 } from '../src/canonical.ts'

// The examples of RFC 8785, sections 3.2.2 and 3.2.3.
test('the examples of RFC 8785', () => {
  const value = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  expect(canonicalJson(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
  const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
  expect(Object.values(JSON.parse(canonicalJson(keys).replaceAll(/"1"/g, '"one"')) as object)).toEqual([
    2, 4, 6, 7, 1, 5, 3,
  ])
})

test('the order of keys makes no difference, and nothing else is lost', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      expect(text).toBe(canonicalJson(reversed(value)))
      expect(canonicalJson(JSON.parse(text))).toBe(text)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 300 },
  )
})

test('two values have one fingerprint only where they have one canonical text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(fingerprint(a) === fingerprint(b)).toBe(canonicalJson(a) === canonicalJson(b))
    }),
  )
})

test('undefined properties do not count; what JSON cannot say is an error', () => {
  expect(canonicalJson({ a: 1, b: undefined })).toBe('{"a":1}')
  expect(canonicalJson(-0)).toBe('0')
  for (const value of [undefined, () => 1, NaN, Infinity, { a: NaN }, { a: 1n }])
    expect(() => canonicalJson(value)).toThrow(/JSON|allowed|serialize/)
})

test('sha256 is what other programs say it is', () => {
  expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(sha256('é')).toBe(sha256(new Uint8Array([0xc3, 0xa9])))
  const text = execFileSync(process.execPath, ['-p', 'crypto.hash("sha256", "pipeline")'], { encoding: 'utf8' }).trim()
  expect(sha256('pipeline')).toBe(text)
  expect(fingerprint({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'))
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  )
}
