import { expect, test } from 'vitest'

import { redactor } from '../../src/entrypoint/redact.ts'

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
