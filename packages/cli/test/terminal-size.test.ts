import { expect, test } from 'vitest'
import { terminalSize } from '../src/view/terminal-size.ts'

test.each([
  [
    { columns: 100, rows: 50 },
    { columns: 100, rows: 50 },
  ],
  [
    { columns: 0, rows: 0 },
    { columns: 80, rows: 24 },
  ],
  [{}, { columns: 80, rows: 24 }],
])('%j counts as %j', (stream, size) => {
  expect(terminalSize(stream)).toEqual(size)
})
