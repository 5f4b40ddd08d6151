import { expect, test } from 'vitest'

import type { FailureManifest, SuccessManifest } from '../../src/artifact/manifest.ts'
import { SidestepError, type FailureKind } from '../../src/errors.ts'
import { judge, settlement } from '../../src/launch/outcome.ts'
import { nextAttempt } from '../../src/launch/retry.ts'
import type { RetryPolicy } from '../../src/step/policies.ts'

const process = { host: 'h', pid: 1, startedAt: '', nodeVersion: 'v24', module: '', folder: '' }
const base = { version: 1, nonce: 'n', incarnation: 1, finishedAt: '', process, logs: { chunks: 0, lines: 0 } } as const
const success: SuccessManifest = { ...base, status: 'succeeded', outputs: {} }
const failure: FailureManifest = { ...base, status: 'failed', kind: 'step', error: { name: 'Error', message: 'no' } }
const refused = {
  ok: false,
  error: new SidestepError('its machine burned', { code: 'JOB_FAILED', kind: 'infra' }),
} as const

test('a success in result.json is success, whatever the provider says, with a warning', () => {
  expect(judge(success, { ok: true })).toEqual({ succeeded: true, manifest: success })
  expect(judge(success, refused)).toMatchObject({
    succeeded: true,
    warning: expect.stringContaining('its machine burned'),
  })
})

test('an error in result.json is the failure of the step, whatever the provider says', () => {
  expect(judge(failure, { ok: true })).toMatchObject({ succeeded: false, kind: 'step' })
  expect(judge(failure, refused)).toMatchObject({ succeeded: false, kind: 'step' })
})

test("without a result the provider's reason settles the attempt, and a claimed success is infra", () => {
  expect(settlement(refused, 'now')).toMatchObject({
    settledBy: 'launcher',
    kind: 'infra',
    reason: 'its machine burned',
  })
  expect(settlement({ ok: true }, 'now')).toMatchObject({ settledBy: 'launcher', kind: 'infra' })
})

test('retries follow the configured kinds only, and only those count', () => {
  const policy = { maxAttempts: 3, on: ['capacity', 'infra'] } as const
  const follows = (kinds: readonly FailureKind[], of: RetryPolicy = policy): boolean => nextAttempt(of, kinds).follows
  expect(follows(['capacity'])).toBe(true)
  expect(follows(['capacity', 'infra'])).toBe(true)
  expect(follows(['capacity', 'infra', 'infra'])).toBe(false)
  expect(follows(['step'])).toBe(false)
  expect(follows(['capacity', 'step'])).toBe(false)
  expect(follows(['stopped'], { maxAttempts: 9, on: ['stopped'] })).toBe(false)
  expect(follows(['infra'], { maxAttempts: 1, on: ['infra'] })).toBe(false)
})

test('what has no capacity or quota is followed by the next alternative, which does not count', () => {
  const once = { maxAttempts: 1, on: ['capacity'] } as const
  expect(nextAttempt(once, [], 3)).toEqual({ follows: true, alternative: 0 })
  expect(nextAttempt(once, ['quota'], 3)).toEqual({ follows: true, alternative: 1 })
  expect(nextAttempt(once, ['quota', 'capacity'], 3)).toEqual({ follows: true, alternative: 2 })
  expect(nextAttempt(once, ['quota', 'capacity', 'capacity'], 3)).toEqual({ follows: false, alternative: 0 })
  expect(nextAttempt(once, ['quota', 'step'], 3).follows).toBe(false)
  // A second round begins with the first again; another failure stays with what has begun.
  const twice = { maxAttempts: 2, on: ['capacity', 'preempted'] } as const
  expect(nextAttempt(twice, ['capacity', 'capacity'], 2)).toEqual({ follows: true, alternative: 0 })
  expect(nextAttempt(twice, ['capacity', 'preempted'], 2)).toEqual({ follows: true, alternative: 1 })
  expect(nextAttempt(twice, ['capacity', 'capacity', 'capacity', 'capacity'], 2).follows).toBe(false)
})
