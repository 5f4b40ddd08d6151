import { decode, encode, type SourceMapMappings, type SourceMapSegment } from '@jridgewell/sourcemap-codec'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { BuiltCode } from '../../src/bundle/rolldown-build.ts'
import { frontOf, stitch } from '../../src/bundle/stitch.ts'

const small = fc.nat({ max: 40 })
const sources = ['a.ts', 'b.ts', 'c.ts']
const names = ['first', 'second']

const segment = fc.oneof(
  fc.tuple(small),
  fc.tuple(small, fc.nat({ max: sources.length - 1 }), small, small),
  fc.tuple(small, fc.nat({ max: sources.length - 1 }), small, small, fc.nat({ max: names.length - 1 })),
)

/** Code of some lines, the last with or without its end, and a map that may stop earlier. */
const built: fc.Arbitrary<BuiltCode> = fc
  .record({
    lines: fc.array(fc.array(segment, { maxLength: 3 }), { maxLength: 4 }),
    more: small,
    isEnded: fc.boolean(),
  })
  .map(({ lines, more, isEnded }) => {
    const sorted = lines.map((line) => line.toSorted(([a], [b]) => a - b)) as SourceMapMappings
    const code = [...lines, ...Array.from({ length: more % 3 }, () => [])]
      .map((_, index) => `line(${index})`)
      .join('\n')
    return { code: isEnded ? `${code}\n` : code, map: { sources, names, mappings: encode(sorted) } }
  })

test('behind other code, each line keeps its text and its place in the sources', () => {
  fc.assert(
    fc.property(built, built, (front, back) => {
      const stitched = stitch(frontOf(front), back)
      const code = stitched.code.toString()
      const { map } = stitched
      const before = code.slice(0, -back.code.length || undefined).split('\n').length - 1
      expect(code.startsWith(front.code)).toBe(true)
      expect(code.endsWith(`\n${back.code}`)).toBe(true)
      expect(map.sources).toEqual([...sources, ...sources])
      expect(map.names).toEqual([...names, ...names])
      const moved = ([column, source, ...rest]: SourceMapSegment): readonly number[] => {
        if (source === undefined) return [column]
        const [line = 0, sourceColumn = 0, name] = rest
        return [
          column,
          source + sources.length,
          line,
          sourceColumn,
          ...(name === undefined ? [] : [name + names.length]),
        ]
      }
      const lines = decode(map.mappings)
      expect(lines.slice(before)).toEqual(decode(back.map.mappings).map((line) => line.map(moved)))
      const own = decode(front.map.mappings)
      expect(lines.slice(0, own.length)).toEqual(own)
      // The line between them has nothing that runs.
      expect(lines.slice(own.length, before - 1).flat()).toEqual([])
    }),
  )
})
