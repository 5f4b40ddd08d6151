import fc from 'fast-check'
import { expect, test } from 'vitest'

import { LineSplitter, LONGEST_LINE } from '../../src/entrypoint/line-splitter.ts'

function split(chunks: readonly Uint8Array[]): { text: string; partial: boolean }[] {
  const splitter = new LineSplitter()
  return [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()]
}

test('however the bytes are cut, the lines are the same', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '😀', '\u0000') })
  fc.assert(
    fc.property(text, fc.array(fc.nat(40)), (content, cuts) => {
      const bytes = Buffer.from(content)
      const points = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].toSorted(
        (a, b) => a - b,
      )
      const chunks = points.slice(1).map((end, index) => bytes.subarray(points[index], end))
      expect(split(chunks)).toEqual(split([bytes]))
    }),
  )
})

test('nothing is lost but line breaks', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !/[\r\n]/.test(line))), (lines) => {
      const expected = lines.at(-1) === '' ? lines.slice(0, -1) : lines
      expect(split([Buffer.from(lines.join('\n'))]).map(({ text }) => text)).toEqual(lines.length === 0 ? [] : expected)
    }),
  )
})

test('a line without an end is cut into pieces of a bounded size', () => {
  const pieces = split([Buffer.alloc(10 * LONGEST_LINE + 5, 'x')])
  expect(pieces).toHaveLength(11)
  expect(pieces.slice(0, -1).every(({ text, partial }) => partial && text.length === LONGEST_LINE)).toBe(true)
  expect(pieces.at(-1)).toEqual({ text: 'xxxxx', partial: false })
})

test('bytes that are no text become replacement characters', () => {
  expect(split([Buffer.from([0xff, 0xfe, 0x0a, 0x41])])).toEqual([
    { text: '\ufffd\ufffd', partial: false },
    { text: 'A', partial: false },
  ])
})

test('a secret that stands across a cut is hidden, however it arrives', () => {
  const secret = 'correct-horse-battery-staple'
  const place = fc.integer({ min: LONGEST_LINE - secret.length, max: LONGEST_LINE })
  fc.assert(
    fc.property(place, fc.integer({ min: 100, max: 3 * LONGEST_LINE }), fc.boolean(), (at, size, ends) => {
      const text = `${'x'.repeat(at)}${secret}${'y'.repeat(LONGEST_LINE)}${ends ? '\n' : ''}`
      const splitter = new LineSplitter((line) => line.replaceAll(secret, '***'))
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
        text.slice(n * size, (n + 1) * size),
      )
      const pieces = [...chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))]), ...splitter.end()]
      expect(pieces.map((piece) => piece.text).join('')).toBe(text.trimEnd().replace(secret, '***'))
    }),
    { numRuns: 50 },
  )
})
