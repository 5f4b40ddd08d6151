import { AssertionError } from 'node:assert'

import { expect, test } from 'vitest'

import { hold } from '../../src/hold.ts'

const FINDING = { seen: 'two jobs', must: 'there is one', mend: 'look first' }

test('a finding says what was seen, what must hold and what to mend, and begins where the check does', () => {
  hold(true, FINDING)
  let thrown: unknown
  try {
    hold(false, () => FINDING)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(AssertionError)
  const { message, stack } = thrown as AssertionError
  expect(message).toBe('two jobs\n  must: there is one\n  mend: look first')
  expect(stack?.split('\n').find((line) => line.includes(' at '))).toContain('hold.test.ts')
})
