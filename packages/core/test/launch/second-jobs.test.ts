import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { ownerKey, resultKey } from '../../src/artifact/layout.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { FoundJob, JobHandle, JobQuery } from '../../src/operator/job-service.ts'
import type { ResolvedTimeouts } from '../../src/step/policies.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { success } from '../support/scripted-jobs.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch } from '../support/step-launch.ts'

/** A launch whose first create was answered by nobody and made a job all the same, which is listed late. */
async function setUp(timeouts: ResolvedTimeouts = {}) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = new ScriptedService(() => clock.date())
  service.idempotent = false
  const until = (condition: () => boolean): Promise<void> => advanceUntil(clock, condition)
  const start = () => {
    const operator = new ScriptedOperator(service, { clock, random: () => 0 })
    return outcomeOf(launchStepRun(stepLaunch(operator, { store, clock, timeouts })))
  }
  /** What the provider lists from the given create on; before, nothing. */
  const listFrom = (creates: number): void => {
    const find = service.find.bind(service)
    service.find = async function* (query: JobQuery): AsyncGenerator<FoundJob<JobHandle>> {
      if (service.creates >= creates) yield* find(query)
    }
  }
  const ids = (): readonly string[] => [...service.jobs.keys()]
  const take = async (n: 0 | 1): Promise<void> => {
    await store.put(ownerKey(attempt(1)), encodeJson({ nonce: service.nonces[n], host: 'h', pid: 1, at: '' }))
  }
  /** The job of the second create is watched: its answer came. */
  const startWithHandleOfSecond = async () => {
    service.faults.push('lost-after')
    listFrom(2)
    const run = start()
    await until(() => service.creates === 2)
    for (let n = 0; n < 20; n += 1) await clock.advance(50)
    return run
  }
  return {
    store,
    clock,
    service,
    until,
    start,
    listFrom,
    ids,
    take,
    startWithHandleOfSecond,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test('of several jobs, the one that has taken the attempt is watched, and the others are cancelled', async () => {
  await using setup = await setUp()
  const { service, store, until } = setup
  service.faults.push('lost-after', 'lost-after')
  setup.listFrom(2)
  const submit = service.submit
  service.submit = async (...call) => {
    if (service.creates === 1) {
      const [, { nonce }] = call
      await store.put(ownerKey(attempt(1)), encodeJson({ nonce, host: 'h', pid: 1, at: '' }))
    }
    return submit(...call)
  }
  const run = setup.start()
  await until(() => service.jobs.size === 2)
  const [idle, busy] = setup.ids()
  await until(() => service.cancels.length === 1)
  await store.put(resultKey(attempt(1)), success(service.nonces[1] ?? ''))
  service.move(busy, 'succeeded')
  await until(() => run.done)
  expect(run.value).toMatchObject({ nonce: service.nonces[1] })
  expect(new Set(service.cancels)).toEqual(new Set([idle]))
})

test('where none of several jobs has taken the attempt, one is watched, and the others are cancelled when it is over', async () => {
  await using setup = await setUp()
  const { service, until } = setup
  service.faults.push('lost-after', 'lost-after')
  setup.listFrom(2)
  const run = setup.start()
  await until(() => service.jobs.size === 2)
  const [watched, idle] = setup.ids()
  await setup.clock.advance(1_000)
  service.move(watched, 'failed', { kind: 'preempted' })
  await until(() => run.done)
  expect(run.error).toMatchObject({ kind: 'preempted' })
  expect(service.cancels).toEqual([idle])
})

test('a watched job that did not get the attempt is followed by the one that did', async () => {
  await using setup = await setUp()
  const { service, store, until } = setup
  const run = await setup.startWithHandleOfSecond()
  const [busy, watched] = setup.ids()
  await setup.take(0)
  service.move(busy, 'running')
  service.move(watched, 'failed', { exitCode: 76 })
  await setup.clock.advance(20_000)
  expect(run.done).toBe(false)
  await store.put(resultKey(attempt(1)), success(service.nonces[0] ?? ''))
  service.move(busy, 'succeeded')
  await until(() => run.done)
  expect(run.value).toMatchObject({ nonce: service.nonces[0] })
})

test('a watched job that the provider calls succeeded and that left no result decides nothing while another has the attempt', async () => {
  await using setup = await setUp()
  const { service, store, until } = setup
  const run = await setup.startWithHandleOfSecond()
  const [busy, watched] = setup.ids()
  await setup.take(0)
  service.move(busy, 'running')
  service.move(watched, 'succeeded')
  await setup.clock.advance(20_000)
  expect(run.done).toBe(false)
  await store.put(resultKey(attempt(1)), success(service.nonces[0] ?? ''))
  service.move(busy, 'succeeded')
  await until(() => run.done)
  expect(run.value).toMatchObject({ nonce: service.nonces[0] })
})

test('a success leaves no other job of the attempt behind', async () => {
  await using setup = await setUp()
  const { service, store, until } = setup
  const run = await setup.startWithHandleOfSecond()
  const [idle, watched] = setup.ids()
  await setup.take(1)
  await store.put(resultKey(attempt(1)), success(service.nonces[1] ?? ''))
  service.move(watched, 'succeeded')
  await until(() => run.done)
  expect(run.value).toMatchObject({ nonce: service.nonces[1] })
  expect(service.cancels).toEqual([idle])
})

test('why the job that had the attempt was ended is not forgotten because there is another one', async () => {
  await using setup = await setUp({ runMs: 10_000 })
  const { service, until } = setup
  const run = await setup.startWithHandleOfSecond()
  const [idle, watched] = setup.ids()
  await setup.take(1)
  service.move(watched, 'running')
  await until(() => run.done)
  expect(run.error).toMatchObject({ kind: 'timeout' })
  expect(service.cancels).toEqual([watched, idle])
})

test('a job that somebody else gave the name of the attempt is not taken for one of several', async () => {
  await using setup = await setUp()
  const { service, store, until } = setup
  service.faults.push('lost-after')
  const labels = { runId: 'r', stepRunId: 'train-1', attempt: 1, journalId: 'j' }
  const submit = service.submit
  service.submit = async (...call) => {
    const { token } = call[1].labels
    const observation = { phase: 'running', at: setup.clock.date().toISOString() } as const
    const foreign = {
      handle: { id: 'foreign' },
      labels: { ...labels, token },
      nonce: 'x',
      fingerprint: 'x',
      observation,
    }
    service.jobs.set('foreign', foreign)
    return submit(...call)
  }
  const run = setup.start()
  await until(() => service.jobs.size === 2)
  await store.put(resultKey(attempt(1)), success(service.nonces[0] ?? ''))
  service.move(setup.ids()[1], 'succeeded')
  await until(() => run.done)
  expect(run.value).toBeDefined()
  expect(service.cancels).toEqual([])
})
