import { inspect } from 'node:util'

import { expect, test } from 'vitest'

import { redactError, redactor } from '../../src/entrypoint/redact.ts'

test('values are hidden wherever they stand, the longest first', () => {
  const redact = redactor(['hunter22', 'hunter22-and-more'])
  expect(redact('a hunter22-and-more b hunter22 c')).toBe('a *** b *** c')
})

test('every line of a longer secret is hidden', () => {
  const redact = redactor(['-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----'])
  expect(redact('got abcdefgh')).toBe('got ***')
})

test('short values are left alone', () => {
  expect(redactor(['1', ''])('1 + 1')).toBe('1 + 1')
})

test('a value is hidden as JSON and as inspect print it, too', () => {
  const secret = `quo"te's\\and\tmore`
  const redact = redactor([secret])
  expect(redact(JSON.stringify({ secret }))).toBe('{"secret":"***"}')
  expect(redact(inspect({ secret }))).not.toContain('te')
})

test('an error is searched value by value, and keeps its shape', () => {
  const redact = redactor(['message', 'a"b\\c\nd-e-f-g'])
  const text = 'is a"b\\c\nd-e-f-g'
  const error = {
    name: text,
    message: text,
    stack: text,
    cause: { name: 'Error', message: text },
    properties: { [text]: [text, 1, null, { deep: text }] },
  }
  const clean = 'is ***'
  expect(redactError(error, redact)).toEqual({
    name: clean,
    message: clean,
    stack: clean,
    cause: { name: 'Error', message: clean },
    properties: { [clean]: [clean, 1, null, { deep: clean }] },
  })
})
