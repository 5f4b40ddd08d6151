import fc from 'fast-check'
import { expect, test } from 'vitest'

import { nearestName } from '../src/nearest-name.ts'

test.each([
  ['sagemakr', ['vertex', 'sagemaker'], 'sagemaker'],
  ['gpus', ['gpu', 'cpu'], 'gpu'],
  ['tpu', ['gpu'], 'gpu'],
  ['a', ['b'], undefined],
  ['local', ['vertex'], undefined],
  ['x'.repeat(10_000_000), ['x'], undefined],
])('of %.20s', (wanted, names, nearest) => {
  expect(nearestName(wanted, names)).toBe(nearest)
})

test('it is one of the names', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (wanted, names) => {
      const nearest = nearestName(wanted, names)
      expect([undefined, ...names]).toContain(nearest)
      if (names.includes(wanted)) expect(nearest?.toLowerCase()).toBe(wanted.toLowerCase())
    }),
  )
})
