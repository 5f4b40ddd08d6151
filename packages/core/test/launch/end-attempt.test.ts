import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { ownerKey, resultKey } from '../../src/artifact/layout.ts'
import { endAttempt } from '../../src/launch/end-attempt.ts'
import { attemptToken } from '../../src/launch/identity.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { BaseStepOperator } from '../../src/operator/base-step-operator.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { mortal, type Life } from '../support/mortal.ts'
import { PlainOperator } from '../support/plain-operator.ts'
import { ScriptedJobs, success } from '../support/scripted-jobs.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch } from '../support/step-launch.ts'
import { StoreJournal } from '../support/store-journal.ts'

const TOKEN = attemptToken({ ...attempt(1), salt: 's' })

async function setUp() {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = new ScriptedService(() => clock.date())
  const life: Life = { dead: false }
  const times = { clock, random: () => 0 }
  const scripted = new ScriptedOperator(service, times)
  const until = (condition: () => boolean, stepMs?: number): Promise<void> => advanceUntil(clock, condition, stepMs)
  /** A launcher that dies when the condition holds. */
  const launchUntil = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    const its = mortal(store, life)
    const journal = new StoreJournal(its)
    const operator = new ScriptedOperator(mortal(service, life), times)
    launchStepRun(stepLaunch(operator, { store: its, clock, journal })).catch(() => undefined)
    while (!(await condition())) {
      await clock.advance(50)
      await sleep(1)
    }
    life.dead = true
  }
  /** A launcher that dies while its create is under way. */
  const launchUntilCreate = async (): Promise<void> => {
    const submit = service.submit
    service.submit = async (...call) => {
      life.dead = true
      return submit(...call)
    }
    await launchUntil(() => service.creates === 1)
    service.submit = submit
  }
  const journal = new StoreJournal(store, 2)
  const record = journal.attempt(attempt(1))
  const end = (operator: BaseStepOperator<any, any> = scripted) =>
    outcomeOf(
      endAttempt({
        ...times,
        key: attempt(1),
        operator,
        token: TOKEN,
        reason: 'nobody calls it any more',
        store,
        record,
        signal: new AbortController().signal,
      }),
    )
  return {
    store,
    service,
    clock,
    journal,
    record,
    launchUntil,
    launchUntilCreate,
    end,
    until,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

const STOPPED = { status: 'failed', kind: 'stopped', reason: 'nobody calls it any more' }

test('an attempt for which nothing was created is settled', async () => {
  await using setup = await setUp()
  const ending = setup.end()
  await setup.until(() => ending.done)
  expect(ending.value).toEqual(STOPPED)
  expect(setup.journal.ended).toMatchObject([{ key: attempt(1), outcome: STOPPED }])
  expect(setup.service.finds).toBe(0)
})

test('a job with a handle is cancelled and watched to its end before the attempt is settled', async () => {
  await using setup = await setUp()
  const { service, store } = setup
  await setup.launchUntil(async () => (await setup.record.read()).handle !== undefined)
  service.cancelFailures = 2
  const move = service.move.bind(service)
  service.move = (id) => move(id, 'stopping')
  const ending = setup.end()
  await setup.until(() => service.cancels.length === 1)
  await setup.clock.advance(5_000)
  expect(ending.done).toBe(false)
  expect(await store.get(resultKey(attempt(1)))).toBeUndefined()
  move(undefined, 'stopped')
  await setup.until(() => ending.done)
  expect(ending.value).toEqual(STOPPED)
})

test('a job that nobody has a handle of is found by its token', async () => {
  await using setup = await setUp()
  setup.service.faults.push('lost-after')
  await setup.launchUntilCreate()
  expect((await setup.record.read()).handle).toBeUndefined()
  const ending = setup.end()
  await setup.until(() => ending.done)
  expect(ending.value).toEqual(STOPPED)
  expect(setup.service.cancels).toEqual([TOKEN])
  expect((await setup.record.read()).handle).toMatchObject({ handle: { id: TOKEN } })
})

test('where no job is found, the owner is closed, so that one that comes later does nothing', async () => {
  await using setup = await setUp()
  setup.service.faults.push('lost-before')
  await setup.launchUntilCreate()
  const ending = setup.end()
  await setup.until(() => ending.done)
  expect(ending.value).toEqual(STOPPED)
  expect(setup.service.cancels).toEqual([])
  expect(Buffer.from((await setup.store.get(ownerKey(attempt(1)))) ?? []).toString()).toContain('"closed"')
})

test('a job that has taken the attempt and is not listed yet is looked for until it is found', async () => {
  await using setup = await setUp()
  const { service, store } = setup
  service.faults.push('lost-after')
  await setup.launchUntilCreate()
  await store.put(ownerKey(attempt(1)), encodeJson({ nonce: service.nonces[0], host: 'h', pid: 1, at: '' }))
  const find = service.find.bind(service)
  service.find = async function* () {}
  const ending = setup.end()
  await setup.clock.advance(60_000)
  expect(ending.done).toBe(false)
  service.find = find
  await setup.until(() => ending.done)
  expect(ending.value).toEqual(STOPPED)
  expect(service.cancels).toEqual([TOKEN])
})

/** Two creates are out, and the provider lists only the first one's job. The other one starts when that is cancelled. */
async function setUpTwo({ handle }: { readonly handle: boolean }) {
  const setup = await setUp()
  const { service, store, clock, record } = setup
  service.idempotent = false
  await record.intent({ version: 1, flavor: 'scripted', scope: 'memory', request: {}, fingerprint: 'f' })
  const labels = { ...attempt(1), token: TOKEN, journalId: 'j' }
  const jobs = new ScriptedJobs(service, store)
  for (const n of [1, 2]) {
    const nonce = `nonce-${n}`
    await record.create({ n, nonce, deadline: clock.date().toISOString() })
    const options = { labels, nonce, fingerprint: 'f', secrets: {}, signal: new AbortController().signal }
    await service.submit({ command: [], environment: {}, secretNames: [] }, options)
  }
  const [first, second] = [...service.jobs.keys()].map((id) => ({ id }))
  if (first === undefined || second === undefined) throw new Error('two jobs were created')
  if (handle) await record.handle({ handle: first, createdAt: clock.date().toISOString() })
  const find = service.find.bind(service)
  let listed = 1
  service.find = async function* (query) {
    let n = 0
    for await (const job of find(query)) if ((n += 1) <= listed) yield job
  }
  return { ...setup, jobs, first, second, listAll: () => (listed = 2) }
}

test.each([false, true])(
  'a job that is not listed yet begins no user code after the end of its attempt (handle of the other: %s)',
  async (handle) => {
    await using setup = await setUpTwo({ handle })
    const { service, jobs, first } = setup
    const cancel = service.cancel
    service.cancel = async (job) => {
      await cancel(job)
      await jobs.runQueued()
    }
    const ending = setup.end()
    await setup.until(() => ending.done)
    expect(ending.value).toEqual(STOPPED)
    expect(service.cancels).toEqual([first.id])
    expect(jobs.ran).toEqual([])
  },
)

test.each([false, true])(
  'of two jobs, the one that has taken the attempt is ended also where it is listed late (handle of the other: %s)',
  async (handle) => {
    await using setup = await setUpTwo({ handle })
    const { service, store, first, second } = setup
    await store.put(ownerKey(attempt(1)), encodeJson({ nonce: 'nonce-2', host: 'h', pid: 1, at: '' }))
    service.move(second.id, 'running')
    const ending = setup.end()
    await setup.clock.advance(20_000)
    expect(ending.done).toBe(false)
    setup.listAll()
    await setup.until(() => ending.done)
    expect(ending.value).toEqual(STOPPED)
    expect(service.cancels.toSorted()).toEqual([first.id, second.id].toSorted())
  },
)

test('a job that had taken the attempt, is not found and has not beaten for a quarter of an hour is gone', async () => {
  await using setup = await setUpTwo({ handle: true })
  await setup.store.put(ownerKey(attempt(1)), encodeJson({ nonce: 'nonce-2', host: 'h', pid: 1, at: '' }))
  const ending = setup.end()
  await setup.until(() => ending.done, 5_000)
  expect(ending.value).toEqual(STOPPED)
  expect(setup.clock.now()).toBeGreaterThan(14.9 * 60_000)
  expect(setup.service.cancels).toEqual([setup.first.id])
})

test('a success that comes in spite of the cancel is success', async () => {
  await using setup = await setUp()
  const { service, store } = setup
  await setup.launchUntil(async () => (await setup.record.read()).handle !== undefined)
  service.cancel = async ({ id }) => {
    await store.put(resultKey(attempt(1)), success('in time'))
    service.move(id, 'succeeded')
  }
  const ending = setup.end()
  await setup.until(() => ending.done)
  expect(ending.value).toEqual({ status: 'succeeded' })
})

test('a decided attempt stays what it is, and its job is ended if it still runs', async () => {
  await using setup = await setUp()
  await setup.launchUntil(async () => (await setup.record.read()).handle !== undefined)
  await setup.store.put(resultKey(attempt(1)), success(''))
  const ending = setup.end()
  await setup.until(() => ending.done)
  expect(ending.value).toEqual({ status: 'succeeded' })
  expect(setup.service.cancels).toEqual([TOKEN])
})

test('a job that has ended is not cancelled', async () => {
  await using setup = await setUp()
  await setup.launchUntil(async () => (await setup.record.read()).handle !== undefined)
  setup.service.move(undefined, 'failed', { kind: 'oom' })
  const ending = setup.end()
  await setup.until(() => ending.done)
  expect(setup.service.cancels).toEqual([])
  expect(ending.value).toEqual(STOPPED)
})

test('another launcher that has the run meanwhile is left to it: nothing is cancelled', async () => {
  await using setup = await setUp()
  await setup.launchUntil(async () => (await setup.record.read()).handle !== undefined)
  await StoreJournal.takeOver(setup.store, 'r', 3)
  const ending = setup.end()
  await setup.until(() => ending.done)
  expect(ending.error).toMatchObject({ code: 'RUN_TAKEN_OVER' })
  expect(setup.service.cancels).toEqual([])
  expect(await setup.store.get(resultKey(attempt(1)))).toBeUndefined()
})

test('a job of a plain operator that has begun is waited for, and the outcome says that it could not be cancelled', async () => {
  await using setup = await setUp()
  await setup.record.create({ n: 1, nonce: 'n', deadline: '' })
  await setup.store.put(ownerKey(attempt(1)), encodeJson({ nonce: 'n', host: 'h', pid: 1, at: '' }))
  const ending = setup.end(new PlainOperator(async () => undefined))
  await setup.until(() => ending.done, 5_000)
  expect(setup.clock.now()).toBeGreaterThan(14.9 * 60_000)
  expect(ending.value).toMatchObject({ kind: 'stopped', reason: expect.stringContaining('could not be cancelled') })
})

test('a create of a plain operator that may still arrive is made harmless', async () => {
  await using setup = await setUp()
  await setup.record.create({ n: 1, nonce: 'n', deadline: '' })
  const ending = setup.end(new PlainOperator(async () => undefined))
  await setup.until(() => ending.done)
  expect(ending.value).toEqual(STOPPED)
  expect(Buffer.from((await setup.store.get(ownerKey(attempt(1)))) ?? []).toString()).toContain('"closed"')
})
