import { beforeEach, expect, test } from 'vitest'

import { configError } from '../../src/errors.ts'
import { cancelJob } from '../../src/runs/cancel-job.ts'
import type { KnownJob } from '../../src/runs/job-summary.ts'
import { untilJobEnded } from '../../src/runs/until-job-ended.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { knownJob } from '../support/known-job.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'

const MINUTE_MS = 60_000

let clock: FakeClock
let service: ScriptedService
let job: KnownJob
let told: string[]
beforeEach(() => {
  clock = new FakeClock()
  told = []
  service = new ScriptedService(() => clock.date())
  job = knownJob(service, new ScriptedOperator(service, { clock }))
})

const place = (): { readonly clock: FakeClock; readonly random: () => number } => ({ clock, random: () => 0 })
const onEvent = (text: string): void => void told.push(text)

/** How a promise has ended by now; `undefined` where it has not. */
function outcomeOf(promise: Promise<unknown>): { readonly read: () => unknown } {
  let outcome: unknown
  promise.then(
    (value) => (outcome = value),
    (error: unknown) => (outcome = error),
  )
  return { read: () => outcome }
}

test('a job is asked to end again where the provider gave no answer', async () => {
  service.cancelFailures = 3
  const cancelled = cancelJob(job, place(), { onEvent })
  await clock.advance(MINUTE_MS)
  expect(await cancelled).toMatchObject({ id: 'job-1', phase: 'stopped', operator: 'scripted' })
  expect(told).toEqual([
    'the step operator scripted gives no answer about the job job-1 (train, attempt 1, of the run r): throttled',
    'asked for the end of the job job-1 (train, attempt 1, of the run r)',
  ])
})

test('what the provider refuses is not asked again', async () => {
  service.cancel = async () => {
    throw configError('CONFIG_INVALID', 'you may not')
  }
  await expect(cancelJob(job, place())).rejects.toMatchObject({ message: 'you may not' })
})

test('a cancel that gets no answer for two minutes is given up, with why', async () => {
  service.cancelFailures = Number.POSITIVE_INFINITY
  const outcome = outcomeOf(cancelJob(job, place()))
  await clock.advance(MINUTE_MS)
  expect(outcome.read()).toBeUndefined()
  await clock.advance(2 * MINUTE_MS)
  expect(outcome.read()).toMatchObject({
    code: 'JOB_FAILED',
    message: expect.stringMatching(/no answer about the job job-1 .* for 2m 00s: throttled$/),
  })
})

test('a wait for the end is given up where the provider gives no answer for two minutes', async () => {
  let answers = true
  const observe = service.observe
  service.observe = async (handles) => {
    if (answers) return observe(handles)
    throw new Error('the credentials have expired')
  }
  const outcome = outcomeOf(untilJobEnded(job, place(), { onEvent }))
  await clock.advance(60 * MINUTE_MS)
  expect(outcome.read()).toBeUndefined()
  answers = false
  await clock.advance(MINUTE_MS)
  answers = true
  await clock.advance(10 * MINUTE_MS)
  expect(outcome.read()).toBeUndefined()
  answers = false
  await clock.advance(3 * MINUTE_MS)
  expect(outcome.read()).toMatchObject({
    code: 'JOB_FAILED',
    kind: 'infra',
    message: expect.stringMatching(/job-1 .*the credentials have expired$/),
  })
  expect(told).toHaveLength(2)
})

test('a job that the provider says nothing of counts as one without an answer', async () => {
  service.observe = async () => new Map()
  const outcome = outcomeOf(untilJobEnded(job, place()))
  await clock.advance(3 * MINUTE_MS)
  expect(outcome.read()).toMatchObject({ message: expect.stringContaining('it says nothing of this job') })
})

test('a job that goes on five minutes after its cancel is named', async () => {
  service.cancel = async () => service.move('job-1', 'stopping')
  const outcome = outcomeOf(cancelJob(job, place()))
  await clock.advance(4 * MINUTE_MS)
  expect(outcome.read()).toBeUndefined()
  await clock.advance(2 * MINUTE_MS)
  expect(outcome.read()).toMatchObject({
    code: 'JOB_FAILED',
    message: expect.stringMatching(/^the job job-1 .* has not ended 5m 00s after its cancel: .* says stopping$/),
  })
})
