import { expect, test } from 'vitest'

import { decodeJson } from '../../src/artifact/json-object.ts'
import { endingKey, resultKey } from '../../src/artifact/layout.ts'
import { SidestepError } from '../../src/errors.ts'
import { isDetached } from '../../src/launch/launch-error.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import { StopRequest } from '../../src/launch/stop-request.ts'
import type { CancelPolicies, ResolvedTimeouts } from '../../src/step/policies.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { mortal, type Life } from '../support/mortal.ts'
import { success } from '../support/scripted-jobs.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch } from '../support/step-launch.ts'
import { StoreJournal } from '../support/store-journal.ts'

/** A run whose first launcher asks for the end of its job, and a provider that takes its time. */
async function setUp(changes: { cancel?: Partial<CancelPolicies>; timeouts?: ResolvedTimeouts } = {}) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = new ScriptedService(() => clock.date())
  const move = service.move.bind(service)
  service.cancel = async ({ id }) => void service.cancels.push(id)
  const stop = new AbortController()
  const life: Life = { dead: false }
  const times = { clock, random: () => 0 }
  const until = (condition: () => boolean): Promise<void> => advanceUntil(clock, condition)
  const its = mortal(store, life)
  const operator = new ScriptedOperator(mortal(service, life), times)
  const journal = new StoreJournal(its)
  const first = outcomeOf(
    launchStepRun(stepLaunch(operator, { ...changes, store: its, clock, journal, signal: stop.signal })),
  )
  await until(() => service.jobs.size === 1)
  const [id] = service.jobs.keys()
  const resume = async () => {
    life.dead = true
    const next = await StoreJournal.takeOver(store, 'r', 2)
    return outcomeOf(
      launchStepRun(stepLaunch(new ScriptedOperator(service, times), { ...changes, store, clock, journal: next })),
    )
  }
  const read = async (key: string): Promise<object> => decodeJson((await store.get(key)) ?? new Uint8Array(), key)
  return {
    store,
    clock,
    service,
    stop,
    first,
    until,
    resume,
    read,
    end: (phase: 'stopped' | 'failed', more = {}) => move(id, phase, more),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test('a job that was asked to stop by a run that has ended is followed by another attempt when the run is resumed', async () => {
  await using setup = await setUp({ cancel: { onSignal: 'cancel' } })
  const { service, store, until } = setup
  setup.stop.abort(new StopRequest('signal'))
  await until(() => setup.first.done)
  expect(isDetached(setup.first.error)).toBe(true)
  expect(await setup.read(endingKey(attempt(1)))).toMatchObject({ kind: 'stopped' })
  setup.end('stopped')
  const second = await setup.resume()
  await until(() => service.jobs.size === 2)
  expect(await setup.read(resultKey(attempt(1)))).toMatchObject({ kind: 'stopped', interrupted: true })
  await store.put(resultKey(attempt(2)), success('2'))
  service.move([...service.jobs.keys()][1], 'succeeded')
  await until(() => second.done)
  expect(second.value).toMatchObject({ nonce: '2' })
  expect(service.cancels).toHaveLength(1)
})

test('so is one whose launcher died while it waited for the end', async () => {
  await using setup = await setUp()
  const { service, until } = setup
  setup.stop.abort(new StopRequest('abort'))
  await until(() => service.cancels.length === 1)
  const second = await setup.resume()
  setup.end('stopped')
  await until(() => service.jobs.size === 2)
  expect(second.done).toBe(false)
  service.move([...service.jobs.keys()][1], 'failed', { kind: 'oom' })
  await until(() => second.done)
  expect(second.error).toMatchObject({ kind: 'oom' })
})

test('a job that an earlier launcher ended because of its timeout has failed by that', async () => {
  await using setup = await setUp({ timeouts: { queueMs: 5_000 } })
  const { service, until } = setup
  await until(() => service.cancels.length === 1)
  const second = await setup.resume()
  setup.end('stopped')
  await until(() => second.done)
  expect(second.error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('queue timeout') })
})

test('a job that was asked to stop and fails for a reason of its own has failed by that', async () => {
  await using setup = await setUp()
  setup.stop.abort(new StopRequest('abort'))
  await setup.until(() => setup.service.cancels.length === 1)
  const second = await setup.resume()
  setup.end('failed', { kind: 'oom' })
  await setup.until(() => second.done)
  expect(second.error).toMatchObject({ kind: 'oom' })
})

test('a job that nobody in the run has asked to stop is stopped for good', async () => {
  await using setup = await setUp()
  const second = await setup.resume()
  setup.end('stopped')
  await setup.until(() => second.done)
  expect(second.error).toMatchObject({ kind: 'stopped' })
  expect(setup.service.creates).toBe(1)
})

test('a job is asked to stop also where it cannot be noted why', async () => {
  await using setup = await setUp({ cancel: { onSignal: 'cancel' } })
  const putIfAbsent = setup.store.putIfAbsent.bind(setup.store)
  setup.store.putIfAbsent = async (key, ...rest) => {
    if (key === endingKey(attempt(1))) throw new SidestepError('no', { code: 'ARTIFACT_MISSING', kind: 'infra' })
    return putIfAbsent(key, ...rest)
  }
  setup.stop.abort(new StopRequest('signal'))
  await setup.until(() => setup.first.done)
  expect(setup.service.cancels).toHaveLength(1)
})
