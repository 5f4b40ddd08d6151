import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { ownerKey, resultKey } from '../../src/artifact/layout.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { Observation } from '../../src/operator/phases.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { PlainOperator, type Launch } from '../support/plain-operator.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch } from '../support/step-launch.ts'

const BEGAN = '2026-01-01T00:00:03.000Z'
const ENDED = '2026-01-01T00:00:09.000Z'
const process = { host: 'h', pid: 1, startedAt: BEGAN, nodeVersion: 'v24', module: '', folder: '' }
const result = encodeJson({
  version: 1,
  status: 'succeeded',
  nonce: 'x',
  incarnation: 1,
  finishedAt: ENDED,
  outputs: {},
  process,
})

async function setUp(launch: Launch) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const step = stepLaunch(new PlainOperator(launch), { store, clock })
  const observed: Observation[] = []
  step.observer.report = (_attempt, event) => {
    if (event.type === 'observed') observed.push(event.observation)
  }
  return { store, clock, step, observed, [Symbol.asyncDispose]: async () => store[Symbol.asyncDispose]() }
}

test('a job of which its operator tells nothing runs from its first sign on, and its end says how long', async () => {
  const job = Promise.withResolvers<void>()
  await using setup = await setUp(async () => job.promise)
  const run = outcomeOf(launchStepRun(setup.step))
  await setup.clock.advance(10_000)
  expect(setup.observed).toEqual([])
  await setup.store.put(ownerKey(attempt(1)), encodeJson({ nonce: 'x', host: 'h', pid: 1, at: BEGAN }))
  await advanceUntil(setup.clock, () => setup.observed.length > 0)
  const phases = [{ phase: 'running', at: BEGAN }]
  expect(setup.observed).toEqual([{ phase: 'running', at: BEGAN, phases }])
  await setup.store.put(resultKey(attempt(1)), result)
  job.resolve()
  await advanceUntil(setup.clock, () => run.done)
  expect(setup.observed.slice(1)).toEqual([{ phase: 'running', at: ENDED, phases }])
  expect(setup.clock.sleepers).toBe(0)
})

test('what the operator itself observes counts alone', async () => {
  await using setup = await setUp(async (_info, context) => {
    context.report({ type: 'observed', observation: { phase: 'queued', at: BEGAN } })
    await setup.store.put(ownerKey(attempt(1)), encodeJson({ nonce: 'x', host: 'h', pid: 1, at: BEGAN }))
    await setup.store.put(resultKey(attempt(1)), result)
  })
  await launchStepRun(setup.step)
  expect(setup.observed).toEqual([{ phase: 'queued', at: BEGAN }])
  expect(setup.clock.sleepers).toBe(0)
})
