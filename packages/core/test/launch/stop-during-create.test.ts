import { expect, test } from 'vitest'

import { decodeJson } from '../../src/artifact/json-object.ts'
import { ownerKey, resultKey } from '../../src/artifact/layout.ts'
import { isDetached } from '../../src/launch/launch-error.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import { StopRequest } from '../../src/launch/stop-request.ts'
import type { CancelPolicies } from '../../src/step/policies.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { mortal, type Life } from '../support/mortal.ts'
import { ScriptedJobs } from '../support/scripted-jobs.ts'
import { ScriptedOperator, ScriptedService, type Fault } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch } from '../support/step-launch.ts'
import { StoreJournal } from '../support/store-journal.ts'

async function setUp(faults: readonly Fault[], cancel: Partial<CancelPolicies> = {}) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = new ScriptedService(() => clock.date())
  service.faults.push(...faults)
  const stop = new AbortController()
  const life: Life = { dead: false }
  const times = { clock, random: () => 0 }
  const its = mortal(store, life)
  const start = (launcher: 1 | 2, signal: AbortSignal) => {
    const operator = new ScriptedOperator(launcher === 1 ? mortal(service, life) : service, times)
    const ours = launcher === 1 ? its : store
    const journal = new StoreJournal(ours, launcher)
    return outcomeOf(launchStepRun(stepLaunch(operator, { store: ours, clock, journal, signal, cancel })))
  }
  /** The first launcher dies while its create is under way. */
  const dieInCreate = async (): Promise<void> => {
    const submit = service.submit
    service.submit = async (...call) => {
      life.dead = true
      return submit(...call)
    }
    start(1, new AbortController().signal)
    await until(() => life.dead && service.creates === 1)
    service.submit = submit
  }
  const until = (condition: () => boolean): Promise<void> => advanceUntil(clock, condition)
  const read = async (key: string): Promise<object> => decodeJson((await store.get(key)) ?? new Uint8Array(), key)
  return {
    store,
    clock,
    service,
    stop,
    dieInCreate,
    start,
    until,
    read,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test('a stop while the answer of a create is lost creates no second job: the attempt is given up', async () => {
  await using setup = await setUp(['lost-before'])
  const { service, stop, until } = setup
  const submit = service.submit
  service.submit = async (...call) => {
    stop.abort(new StopRequest('signal'))
    return submit(...call)
  }
  const run = setup.start(1, stop.signal)
  await until(() => run.done)
  expect(run.error).toMatchObject({ kind: 'stopped' })
  expect(service.creates).toBe(1)
  expect(await setup.read(ownerKey(attempt(1)))).toMatchObject({ kind: 'stopped' })
  expect(await setup.read(resultKey(attempt(1)))).toMatchObject({ kind: 'stopped', settledBy: 'launcher' })
})

test('a stop while the answer of a create is lost cancels the job that it made', async () => {
  await using setup = await setUp(['lost-after'])
  const { service, stop, until } = setup
  const submit = service.submit
  service.submit = async (...call) => {
    stop.abort(new StopRequest('signal'))
    return submit(...call)
  }
  const run = setup.start(1, stop.signal)
  await until(() => run.done)
  expect(run.error).toMatchObject({ kind: 'stopped' })
  expect(service.creates).toBe(1)
  expect(service.cancels).toHaveLength(1)
})

test.each([
  ['lost-after', 'cancelAndWait', 1],
  ['lost-after', 'detach', 0],
  ['lost-before', 'cancelAndWait', 0],
] as const)(
  'a launcher that is stopped as it goes on after a create that was %s (%s) creates nothing',
  async (fault, onSignal, cancels) => {
    await using setup = await setUp([fault], { onSignal })
    const { service, stop, until } = setup
    await setup.dieInCreate()
    stop.abort(new StopRequest('signal'))
    const second = setup.start(2, stop.signal)
    await until(() => second.done)
    expect(second.error).toMatchObject({ kind: 'stopped' })
    expect(isDetached(second.error)).toBe(onSignal === 'detach')
    expect(service.creates).toBe(1)
    expect(service.cancels).toHaveLength(cancels)
  },
)

test('a job that begins late, after its attempt was given up by a stop, runs no user code', async () => {
  await using setup = await setUp(['lost-after'])
  const { service, stop, store, until } = setup
  const jobs = new ScriptedJobs(service, store)
  const submit = service.submit
  service.submit = async (...call) => {
    stop.abort(new StopRequest('signal'))
    return submit(...call)
  }
  const find = service.find.bind(service)
  service.find = async function* () {}
  const run = setup.start(1, stop.signal)
  await until(() => run.done)
  expect(run.error).toMatchObject({ kind: 'stopped' })
  service.find = find
  await jobs.runQueued()
  await until(() => [...service.jobs.values()].every(({ observation }) => observation.phase === 'failed'))
  expect(jobs.ran).toEqual([])
})

test('where creating twice makes two jobs, a stop does not wait for the time that another create would have', async () => {
  await using setup = await setUp(['lost-before'])
  const { service, stop, until, clock } = setup
  Object.defineProperty(service, 'secondCreateAfterMs', { value: 600_000 })
  const run = setup.start(1, stop.signal)
  await until(() => service.creates === 1)
  stop.abort(new StopRequest('signal'))
  await until(() => run.done)
  expect(run.error).toMatchObject({ kind: 'stopped' })
  expect(clock.now()).toBeLessThan(60_000)
})

test('a provider that cannot be asked for a while does not end the attempt of an earlier launcher', async () => {
  await using setup = await setUp(['lost-after'])
  const { service, until } = setup
  await setup.dieInCreate()
  let failures = 3
  const find = service.find.bind(service)
  service.find = (query) => {
    failures -= 1
    if (failures >= 0) throw new Error('throttled')
    return find(query)
  }
  const second = setup.start(2, new AbortController().signal)
  await until(() => failures < 0)
  service.move(undefined, 'failed', { kind: 'oom' })
  await until(() => second.done)
  expect(second.error).toMatchObject({ kind: 'oom' })
  expect(service.creates).toBe(1)
})
