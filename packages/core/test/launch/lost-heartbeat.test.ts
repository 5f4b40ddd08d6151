import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { heartbeatKey, resultKey } from '../../src/artifact/layout.ts'
import { SidestepError } from '../../src/errors.ts'
import { isDetached } from '../../src/launch/launch-error.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { CancelPolicy } from '../../src/step/policies.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { success } from '../support/scripted-jobs.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch } from '../support/step-launch.ts'

const MINUTE = 60_000

async function setUp(onLostHeartbeat: CancelPolicy = 'cancelAndWait') {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = new ScriptedService(() => clock.date())
  const operator = new ScriptedOperator(service, { clock, random: () => 0 })
  const warnings: { readonly message: string; readonly at: number }[] = []
  const launch = stepLaunch(operator, { store, clock, cancel: { onLostHeartbeat } })
  launch.observer.report = (_attempt, event) => {
    if (event.type === 'warning') warnings.push({ message: event.message, at: clock.now() })
  }
  const run = outcomeOf(launchStepRun(launch))
  await advanceUntil(clock, () => service.jobs.size === 1)
  service.move(undefined, 'running')
  const startedAt = clock.now()
  /** In steps that leave reads of the store their time. */
  const pass = async (
    minutes: number,
    each: (minute: number) => Promise<void> = async () => undefined,
  ): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      await each(minute)
      let seconds = 0
      await advanceUntil(clock, () => (seconds += 5) > 60, 5_000)
    }
  }
  return {
    store,
    clock,
    service,
    warnings,
    run,
    startedAt,
    pass,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test('a heartbeat that stops is reported after three minutes, and ends the job after fifteen', async () => {
  await using setup = await setUp()
  const { service, run, warnings, startedAt, clock } = setup
  await setup.pass(14)
  expect(warnings).toMatchObject([{ message: expect.stringContaining('its heartbeat stopped') }])
  expect((warnings[0]?.at ?? 0) - startedAt).toBeGreaterThan(2.9 * MINUTE)
  expect((warnings[0]?.at ?? 0) - startedAt).toBeLessThan(4.1 * MINUTE)
  expect(service.cancels).toEqual([])
  await setup.pass(3)
  expect(service.cancels).toHaveLength(1)
  await advanceUntil(clock, () => run.done)
  expect(run.error).toMatchObject({ kind: 'infra', message: expect.stringContaining('heartbeat stopped') })
})

test('a job that beats is left alone, however long it runs', async () => {
  await using setup = await setUp()
  const { service, store, run, clock } = setup
  await setup.pass(25, async (n) => {
    await store.put(heartbeatKey({ ...attempt(1), incarnation: 1 }), encodeJson({ n }))
  })
  expect(setup.warnings).toEqual([])
  await store.put(resultKey(attempt(1)), success(''))
  service.move(undefined, 'succeeded')
  await advanceUntil(clock, () => run.done)
  expect(run.value).toBeDefined()
})

test('a heartbeat that comes back is no reason any more, and is reported again when it stops again', async () => {
  await using setup = await setUp()
  await setup.pass(10)
  await setup.store.put(heartbeatKey({ ...attempt(1), incarnation: 1 }), encodeJson({ n: 1 }))
  await setup.pass(10)
  expect(setup.service.cancels).toEqual([])
  expect(setup.warnings).toHaveLength(2)
})

test('a store that cannot be read ends no job', async () => {
  await using setup = await setUp()
  const get = setup.store.get.bind(setup.store)
  setup.store.get = async () => {
    throw new SidestepError('the store is away', { code: 'STORE_FAILED', kind: 'infra' })
  }
  await setup.pass(25)
  expect(setup.service.cancels).toEqual([])
  expect(setup.warnings).toEqual([])
  setup.store.get = get
  await setup.store.put(resultKey(attempt(1)), success(''))
  setup.service.move(undefined, 'succeeded')
  await advanceUntil(setup.clock, () => setup.run.done)
  expect(setup.run.value).toBeDefined()
})

test('a job that the provider does not call running needs no heartbeat', async () => {
  await using setup = await setUp()
  setup.service.move(undefined, 'provisioning')
  await setup.pass(25)
  expect(setup.service.cancels).toEqual([])
})

test('a job that has left its result and does not end is a success with a warning', async () => {
  await using setup = await setUp()
  await setup.store.put(resultKey(attempt(1)), success('done'))
  await setup.pass(17)
  await advanceUntil(setup.clock, () => setup.run.done)
  expect(setup.run.value).toMatchObject({ nonce: 'done' })
  expect(setup.warnings.at(-1)?.message).toContain('the step succeeded, although')
})

test.each([
  ['detach', 0],
  ['cancel', 1],
] as const)('by the policy %s, a job without a heartbeat is not waited for', async (policy, cancels) => {
  await using setup = await setUp(policy)
  setup.service.move = () => undefined
  await setup.pass(17)
  await advanceUntil(setup.clock, () => setup.run.done)
  expect(isDetached(setup.run.error)).toBe(true)
  expect(setup.run.error).toMatchObject({ kind: 'infra' })
  expect(setup.service.cancels).toHaveLength(cancels)
})
