import fc from 'fast-check'
import { expect, test } from 'vitest'

import { attemptToken, stepRunIdOf } from '../../src/launch/identity.ts'

test('any step name gives an id that is safe in keys, job names and labels', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (stepName, digest) => {
      expect(stepRunIdOf({ stepName, digest, ordinal: 1 })).toMatch(/^[a-z0-9][a-z0-9-]{0,23}-[0-9a-f]{16}$/)
    }),
  )
})

test('what differs gives another id; what is the same gives the same', () => {
  const one = stepRunIdOf({ stepName: 'train', digest: 'd', ordinal: 1 })
  expect(stepRunIdOf({ stepName: 'train', digest: 'd', ordinal: 1 })).toBe(one)
  expect(stepRunIdOf({ stepName: 'train', digest: 'd', ordinal: 2 })).not.toBe(one)
  expect(stepRunIdOf({ stepName: 'train', digest: 'e', ordinal: 1 })).not.toBe(one)
  expect(stepRunIdOf({ stepName: 'Train', digest: 'd', ordinal: 1 })).not.toBe(one)
  expect(stepRunIdOf({ stepName: 'train', key: 'd' })).not.toBe(one)
})

test('every attempt has a token of its own', () => {
  const attempt = { salt: 'x', runId: 'r', stepRunId: 's', attempt: 1 }
  const token = attemptToken(attempt)
  expect(token).toMatch(/^[0-9a-f]{32}$/)
  expect(attemptToken({ ...attempt, attempt: 2 })).not.toBe(token)
  expect(attemptToken({ ...attempt, salt: 'y' })).not.toBe(token)
})
