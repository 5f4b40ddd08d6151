import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sanitizeColouredLine, sanitizeLine, sanitizeText } from '../src/view/sanitize.ts'

const ESC = '\u001B'

test.each([
  ['colours', `${ESC}[31mred${ESC}[0m`, 'red'],
  ['cursor movements and erasing', `a${ESC}[2K${ESC}[1;5Hb${ESC}[?25l`, 'ab'],
  ['a window title that ends with BEL', `a${ESC}]0;owned\u0007b`, 'ab'],
  ['a link that ends with ST', `${ESC}]8;;https://evil.example${ESC}\\text${ESC}]8;;${ESC}\\`, 'text'],
  ['a device control string', `a${ESC}Pq#0;2;0;0;0${ESC}\\b`, 'ab'],
  ['an operating system command without an end', `${ESC}]0;still here`, '0;still here'],
  ['C1 forms of the same', 'a\u009B31mb\u009D0;x\u009Cc', 'abc'],
  ['short sequences', `${ESC}cgone${ESC}(B`, 'gone'],
  ['a lonely escape', `a${ESC}`, 'a'],
  ['bells and backspaces', 'a\u0007\u0008b', 'ab'],
  ['bidirectional overrides', 'user\u202Etxt.exe\u2066!', 'usertxt.exe!'],
  ['a progress bar that draws itself anew', ' 10%\r 50%\r100%', '100%'],
  ['a Windows line end', 'text\r', 'text'],
  ['half a character', 'a\uD800b', 'a\uFFFDb'],
  ['nothing at all', 'plain\ttext äöü 🐧 你好', 'plain\ttext äöü 🐧 你好'],
])('takes away %s', (_name, input, output) => {
  expect(sanitizeLine(input)).toBe(output)
})

test('keeps colours where they are asked for, and ends them', () => {
  expect(sanitizeColouredLine(`${ESC}[31mred${ESC}[2J${ESC}]0;title\u0007`)).toBe(`${ESC}[31mred${ESC}[0m`)
  expect(sanitizeColouredLine('plain')).toBe('plain')
})

test('keeps the lines of a text', () => {
  expect(sanitizeText(`a${ESC}[1m\nb\r\nc`)).toBe('a\nb\nc')
})

/** Text that is rich in what terminals act on. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        ESC,
        `${ESC}[`,
        `${ESC}]`,
        `${ESC}P`,
        `${ESC}\\`,
        '\u009B',
        '\u009D',
        '\u009C',
        '\u0007',
        '\r',
        '\n',
        '31',
        'm',
        '\u202E',
      ),
    ),
  )
  .map((parts) => parts.join(''))

test('lets no control character through, whatever comes', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(sanitizeLine(text)).not.toMatch(/(?!\t)\p{Cc}|[\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/u)
    }),
    { numRuns: 2_000 },
  )
})

test('lets nothing but colours through where those are kept', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const left = sanitizeColouredLine(text).replaceAll(new RegExp(`${ESC}\\[[0-9;:]*m`, 'g'), '')
      expect(left).not.toMatch(/(?!\t)\p{Cc}/u)
    }),
    { numRuns: 2_000 },
  )
})

test('changes nothing in harmless text', () => {
  const harmless = fc.string({ unit: fc.constantFrom(...'abc äß 你 🐧 [0;31m]\t') })
  fc.assert(fc.property(harmless, (text) => sanitizeLine(text) === text))
})

test('takes time in proportion to the text, however it is made', () => {
  for (const unit of [ESC, `${ESC}]`, '\u009D', `${ESC}[0;`, '\u009B1', '\r']) {
    const started = performance.now()
    sanitizeLine(unit.repeat(1_000_000))
    expect(performance.now() - started, JSON.stringify(unit)).toBeLessThan(3_000)
  }
})
