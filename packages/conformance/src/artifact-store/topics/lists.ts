import assert from 'node:assert/strict'

import { forAll } from '../../waiting.ts'
import { bytesOf, keysBelow, listed } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

/** Of which a second page is made. */
const BEYOND_A_PAGE = 100
const AT_ONCE = 24

const numbered = (n: number): string => `many/${String(n).padStart(5, '0')}`

/** What lists show, of a store that asks for so many objects at once. */
export const listChecks = (pageSize: number): readonly StoreCheck[] => [
  {
    name: 'a list is whole: of every object below any prefix, once',
    run: async ({ open }) => {
      const store = await open()
      const keys = [
        'runs/a/1',
        'runs/a/2',
        'runs/ab/1',
        'runs/b',
        'runs/a.b',
        'runs/A/1',
        'cache/x',
        'r',
        '値/1',
        '値/12',
      ]
      assert.deepEqual(await keysBelow(store, ''), [], 'an empty store lists something')
      for (const key of keys) await store.put(key, bytesOf(key))
      for (const prefix of [
        '',
        'r',
        'runs',
        'runs/',
        'runs/a',
        'runs/a/',
        'runs/a/1',
        'no',
        'runs/a/1/',
        '値',
        '値/1',
        'R',
      ]) {
        const expected = keys.filter((key) => key.startsWith(prefix)).toSorted()
        const found = await keysBelow(store, prefix)
        assert.deepEqual(
          found,
          expected,
          `list('${prefix}') gave ${JSON.stringify(found)} where ${JSON.stringify(expected)} begin so: a prefix may end in the middle of a part, and small letters are not large ones`,
        )
      }
    },
  },
  severalPages(pageSize + BEYOND_A_PAGE),
]

function severalPages(many: number): StoreCheck {
  return {
    name: `a list of ${many} objects is whole, with their sizes, and while others come and go`,
    timeoutMs: 300_000,
    run: async ({ open }) => {
      const [store, other] = [await open(), await open()]
      const sizes = new Map(Array.from({ length: many }, (_, n) => [numbered(n), n % 50]))
      await forAll(sizes, AT_ONCE, async ([key, size]) => store.put(key, new Uint8Array(size)))
      await store.put('manyfold', bytesOf('x'))

      const found = await listed(store, 'many/')
      assert.equal(
        found.size,
        many,
        `list('many/') gave ${found.size} objects of ${many}: listObjects() goes on to the last page`,
      )
      for (const [key, size] of sizes) {
        assert.equal(
          found.get(key)?.size,
          size,
          `list() says ${found.get(key)?.size} bytes of ${key}, which has ${size}`,
        )
      }

      // Pages that are counted from the start would now skip objects, or show them twice.
      const going = [...sizes.keys()].filter((_, n) => n % 15 === 0)
      let next = 0
      const seen = new Map<string, number>()
      for await (const { key } of other.list('many/')) {
        seen.set(key, (seen.get(key) ?? 0) + 1)
        const gone = seen.size % 10 === 0 ? going[next] : undefined
        if (gone === undefined) continue
        next += 1
        await store.delete(gone)
        await store.put(`many/0-new-${next}`, bytesOf('x'))
      }
      const staying = [...sizes.keys()].filter((key) => !going.includes(key))
      const wrong = staying.filter((key) => seen.get(key) !== 1)
      assert.deepEqual(
        wrong.slice(0, 5),
        [],
        `while other objects came and went, ${wrong.length} that stayed were not listed exactly once: ask for the next page by the provider's own mark, not by a count`,
      )
      const after = await listed(store, 'many/')
      const left = going.slice(0, next).filter((key) => after.has(key))
      assert.deepEqual(left, [], 'objects are still listed after delete()')
    },
  }
}
