import { encode, type SourceMapMappings } from '@jridgewell/sourcemap-codec'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { byLines, sourceAt } from '../../src/bundle/source-map.ts'

const sources = ['a.ts', 'b.ts']
const small = fc.nat({ max: 30 })
const mapped = fc.tuple(small, fc.nat({ max: sources.length - 1 }), small, small)
const lines = fc.array(fc.array(fc.oneof(fc.tuple(small), mapped), { minLength: 1, maxLength: 4 }), { minLength: 1 })

const END: [number, number, number, number] = [0, 0, 0, 0]

test('a map by lines tells for every column of a line where the first of its parts comes from', () => {
  fc.assert(
    fc.property(lines, small, (segments, column) => {
      // What stands behind a runtime is mapped: Node.js takes an unmapped part at the very end of a map for another one.
      const sorted = [...segments, [END]].map((line) => line.toSorted(([a], [b]) => a - b)) as SourceMapMappings
      const map = byLines({ sources, names: ['a'], mappings: encode(sorted) })
      expect(map.names).toEqual([])
      for (const [index, line] of sorted.entries()) {
        const [, source = -1, sourceLine = 0] = line.find(({ length }) => length > 1) ?? []
        const found = sourceAt(map, { line: index + 1, column: column + 1 })
        expect(found).toEqual(source === -1 ? undefined : { source: sources[source], line: sourceLine + 1, column: 1 })
      }
    }),
  )
})
