import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkName, quoted } from '../../src/stack/component-name.ts'

/** Text that is rich in what a terminal acts on, and in what is nearly a name. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 90 }),
  fc.string({ unit: fc.constantFrom('a', 'Z', '0', '_', '.', '-', '/', ' ', '\u001B', '\u202E', '🐧'), maxLength: 90 }),
)

test.each(['a', 'gpu', '0', 'a.b-c_d', 'constructor', 'x'.repeat(63)])('%s is a name', (name) => {
  expect(() => checkName('component', name)).not.toThrow()
})

test.each([
  ['', 'it is empty'],
  ['a b', 'it holds a space'],
  ['../x', 'it holds "/"'],
  ['näme', 'it holds "ä"'],
  ['-dash', 'it begins with "-"'],
  ['__proto__', 'it begins with "_"'],
  ['x'.repeat(64), 'it has 64 characters, more than 63'],
])('%j is none', (name, why) => {
  expect(() => checkName('stack', name)).toThrow(
    expect.objectContaining({ code: 'NAME_INVALID', kind: 'config', message: expect.stringContaining(why) as string }),
  )
})

test('any text is a harmless name or refused in one harmless line', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        checkName('pipeline', text)
      } catch (error) {
        const { message, code } = error as { message: string; code: string }
        expect(code).toBe('NAME_INVALID')
        expect(message).toMatch(/^"/)
        expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        return
      }
      expect(text).toMatch(/^[A-Za-z0-9][\w.-]{0,62}$/)
    }),
  )
})

test('what is quoted is short, and nothing in it moves a cursor or turns a direction', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const shown = quoted(text)
      expect(shown).toMatch(/^".*"$/su)
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      // Forty characters, of which each may be escaped.
      expect(shown.length).toBeLessThan(40 * 10)
    }),
  )
})
