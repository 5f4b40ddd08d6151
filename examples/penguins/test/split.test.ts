import { expect, test } from 'vitest'
import { stratifiedSplit } from '../src/split.ts'

const rows = Array.from({ length: 100 }, (_, id) => ({ id, kind: id < 70 ? 'common' : 'rare' }))
const options = { classOf: (row: (typeof rows)[number]) => row.kind, heldOutShare: 0.2, seed: 1 }

test('holds back the same share of every class', () => {
  const { training, heldOut } = stratifiedSplit(rows, options)
  expect(heldOut.filter((row) => row.kind === 'common')).toHaveLength(14)
  expect(heldOut.filter((row) => row.kind === 'rare')).toHaveLength(6)
  expect([...training, ...heldOut].map((row) => row.id).toSorted((a, b) => a - b)).toEqual(rows.map((row) => row.id))
})

test('depends on nothing but the seed', () => {
  expect(stratifiedSplit(rows, options)).toEqual(stratifiedSplit(rows, options))
  expect(stratifiedSplit(rows, { ...options, seed: 2 })).not.toEqual(stratifiedSplit(rows, options))
})
