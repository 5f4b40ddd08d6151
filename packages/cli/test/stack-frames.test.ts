import fc from 'fast-check'
import { expect, test } from 'vitest'
import { framesOf } from '../src/view/stack-frames.ts'

test('reads the header of a syntax error and the frames behind it', () => {
  const stack = `file:///a%20b/x.ts:3
  two: = 1
       ^

SyntaxError: Unexpected token
    at async run (file:///a%20b/y.ts:4:5)
    at node:internal/modules:1:1
    at /plain/z.js:6:7`
  expect(framesOf(stack)).toEqual([
    { file: '/a b/x.ts', line: 3, column: 8 },
    { file: '/a b/y.ts', line: 4, column: 5 },
    { file: '/plain/z.js', line: 6, column: 7 },
  ])
})

test('reads any text that claims to be a trace, and finds whole places only', () => {
  const nearly = fc.array(
    fc.oneof(
      fc.constantFrom('    at ', 'async ', 'x (', ')', 'file://', '%zz', '/a.ts', ':1', ':2', '\n', '^', 'node:'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(nearly, (parts) => {
      for (const { file, line, column } of framesOf(parts.join(''))) {
        expect(file).not.toBe('')
        expect(line).toBeGreaterThanOrEqual(0)
        expect(column).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})
