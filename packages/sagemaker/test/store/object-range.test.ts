import { expect, it } from 'vitest'

import { beginsAt, sizeOf } from '../../src/store/object-range.ts'

it.each([
  ['bytes 7-9/10', 7, true],
  ['bytes 7-9/10', 70, false],
  ['bytes 70-79/80', 7, false],
  ['bytes 0-9/10', 7, false],
  ['bytes 0-9/10', 0, true],
  // Of a store that does not know ranges, which gives all of it.
  [undefined, 7, false],
  [undefined, 0, true],
])('what has the range %s begins at %d: %s', (ContentRange, offset, begins) => {
  expect(beginsAt({ ContentRange }, offset)).toBe(begins)
})

it('the size of an object is that of all of it', () => {
  expect(sizeOf({ ContentRange: 'bytes 0-0/1234', ContentLength: 1 })).toBe(1_234)
  expect(sizeOf({ ContentRange: undefined, ContentLength: 1_234 })).toBe(1_234)
})
