import { expect, test } from 'vitest'

import type { FailureManifest, SuccessManifest } from '../../src/artifact/manifest.ts'
import { SidestepError } from '../../src/errors.ts'
import { judge, settlement } from '../../src/launch/outcome.ts'
import { shouldRetry } from '../../src/launch/retry.ts'

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
  expect(shouldRetry(policy, ['capacity'])).toBe(true)
  expect(shouldRetry(policy, ['capacity', 'infra'])).toBe(true)
  expect(shouldRetry(policy, ['capacity', 'infra', 'infra'])).toBe(false)
  expect(shouldRetry(policy, ['step'])).toBe(false)
  expect(shouldRetry(policy, ['capacity', 'step'])).toBe(false)
  expect(shouldRetry({ maxAttempts: 9, on: ['stopped'] }, ['stopped'])).toBe(false)
  expect(shouldRetry({ maxAttempts: 1, on: ['infra'] }, ['infra'])).toBe(false)
})
