import fc from 'fast-check'
import { expect, test } from 'vitest'

import { pageOf, PageTokenError } from '../../src/ground/pages.ts'
import { compareUtf8 } from '../../src/ground/utf8-order.ts'

const keyOf = (item: string): string => item
const names = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 6 })).map((all) => all.toSorted(compareUtf8))

test('the order is that of the bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      const wanted = Buffer.compare(Buffer.from(left), Buffer.from(right))
      expect(Math.sign(compareUtf8(left, right))).toBe(wanted)
    }),
    { numRuns: 500 },
  )
  expect(['\u{1f600}', '\uffff', 'a', '\ud7ff'].toSorted(compareUtf8)).toEqual(['a', '\ud7ff', '\uffff', '\u{1f600}'])
})

test('pages give everything once, whatever comes and goes in between', () => {
  fc.assert(
    fc.property(names, names, fc.integer({ min: 1, max: 5 }), fc.boolean(), (before, after, size, isDescending) => {
      const compare = isDescending ? (left: string, right: string): number => compareUtf8(right, left) : compareUtf8
      const seen: string[] = []
      let token: string | undefined
      let items = before
      do {
        const page = pageOf(items.toSorted(compare), { size, token, list: 'all', keyOf, compare })
        expect(page.items.length).toBeLessThanOrEqual(size)
        seen.push(...page.items)
        token = page.next
        items = after
      } while (token !== undefined)
      expect(seen).toEqual(seen.toSorted(compare))
      expect(new Set(seen).size).toBe(seen.length)
      const last = before.length > size ? seen[size - 1] : undefined
      // What stayed all the time is there.
      if (before.length <= size) expect(seen).toEqual(before.toSorted(compare))
      else for (const item of before) if (after.includes(item)) expect(seen).toContain(item)
      if (last !== undefined) {
        for (const item of after) if (compare(item, last) > 0) expect(seen).toContain(item)
      }
    }),
  )
})

test('a page that ends with the list is the last', () => {
  const first = pageOf(['a', 'b', 'c', 'd'], { size: 2, list: 'x', keyOf })
  expect(first.items).toEqual(['a', 'b'])
  const second = pageOf(['a', 'b', 'c', 'd'], { size: 2, token: first.next, list: 'x', keyOf })
  expect(second).toEqual({ items: ['c', 'd'] })
  expect(pageOf([], { size: 1, list: 'x', keyOf })).toEqual({ items: [] })
  // The key of the token is gone, and so is all that came after it.
  expect(pageOf(['a'], { size: 2, token: first.next, list: 'x', keyOf })).toEqual({ items: [] })
})

test('a token of another list, or of nobody, is refused', () => {
  const { next: token } = pageOf(['a', 'b'], { size: 1, list: 'prefix=a', keyOf })
  expect(() => pageOf(['a', 'b'], { size: 1, token, list: 'prefix=b', keyOf })).toThrow(PageTokenError)
  fc.assert(
    fc.property(fc.string(), (forged) => {
      fc.pre(forged !== token)
      expect(() => pageOf(['a', 'b'], { size: 1, token: forged, list: 'prefix=a', keyOf })).toThrow(PageTokenError)
    }),
  )
  for (const size of [0, -1, 1.5]) expect(() => pageOf(['a'], { size, list: 'x', keyOf })).toThrow(RangeError)
})
