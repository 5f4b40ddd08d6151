import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { decodeJson, encodeJson } from '../../src/artifact/json-object.ts'
import { heartbeatKey, ownerKey, resultKey, specKey } from '../../src/artifact/layout.ts'
import { SidestepError } from '../../src/errors.ts'
import { isDetached, isUndecided } from '../../src/launch/launch-error.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import { StopRequest } from '../../src/launch/stop-request.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { PlainOperator, type Launch } from '../support/plain-operator.ts'
import { success } from '../support/scripted-jobs.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch, type StepLaunchChanges } from '../support/step-launch.ts'
import { StoreJournal } from '../support/store-journal.ts'

async function setUp(launch: Launch = async () => undefined) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const journal = new StoreJournal(store)
  const start = (changes: StepLaunchChanges = {}) =>
    outcomeOf(launchStepRun(stepLaunch(new PlainOperator(launch), { store, clock, journal, ...changes })))
  /** What an earlier launcher left: a create, and no more. */
  const begin = async (nonce: string): Promise<void> =>
    journal.attempt(attempt(1)).create({ n: 1, nonce, deadline: clock.date().toISOString() })
  const read = async (key: string): Promise<object> => decodeJson((await store.get(key)) ?? new Uint8Array(), key)
  const until = (condition: () => boolean, stepMs?: number): Promise<void> => advanceUntil(clock, condition, stepMs)
  return { store, clock, journal, start, begin, read, until, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

test('an interrupted attempt of an operator that cannot find its jobs is closed, and the next one does not wait or count', async () => {
  const launches: number[] = []
  await using setup = await setUp(async ({ attempt: n }) => {
    launches.push(n)
    if (n < 3) throw new SidestepError('no machine', { code: 'LAUNCH_FAILED', kind: 'capacity' })
    await setup.store.put(resultKey(attempt(n)), success(''))
  })
  await setup.begin('of the dead')
  const run = setup.start({ retry: { maxAttempts: 2, on: ['infra', 'capacity'] } })
  await setup.until(() => run.done)
  expect(run.value).toMatchObject({ status: 'succeeded' })
  expect(launches).toEqual([2, 3])
  expect(await setup.read(resultKey(attempt(1)))).toMatchObject({
    kind: 'infra',
    code: 'LAUNCH_FAILED',
    interrupted: true,
  })
  expect(await setup.read(ownerKey(attempt(1)))).toMatchObject({ interrupted: true })
  expect(setup.journal.ended).toMatchObject([
    { outcome: { status: 'failed', kind: 'infra' }, nextAttempt: 2 },
    { outcome: { status: 'failed', kind: 'capacity' }, nextAttempt: 3 },
    { outcome: { status: 'succeeded' } },
  ])
})

test('that an attempt was interrupted is remembered by whoever replays it', async () => {
  await using setup = await setUp(async ({ attempt: n }) => {
    await setup.store.put(resultKey(attempt(n)), success('2'))
  })
  const settled = {
    version: 1,
    status: 'failed',
    settledBy: 'launcher',
    kind: 'infra',
    code: 'LAUNCH_FAILED',
    reason: '',
  }
  await setup.store.put(resultKey(attempt(1)), encodeJson({ ...settled, finishedAt: '', interrupted: true }))
  const run = setup.start()
  await setup.until(() => run.done)
  expect(run.value).toMatchObject({ nonce: '2' })
})

test('an interrupted attempt that a job had taken is waited for, and its result counts', async () => {
  await using setup = await setUp(async () => {
    throw new Error('it must not be launched again')
  })
  await setup.begin('alive')
  await setup.store.put(ownerKey(attempt(1)), encodeJson({ nonce: 'alive', host: 'h', pid: 1, at: '' }))
  const run = setup.start()
  for (let n = 0; n < 6; n += 1) {
    await setup.store.put(heartbeatKey({ ...attempt(1), incarnation: 1 }), encodeJson({ n }))
    for (let second = 0; second < 30; second += 5) {
      await setup.clock.advance(5_000)
      await sleep(2)
    }
  }
  expect(run.done).toBe(false)
  await setup.store.put(resultKey(attempt(1)), success('alive'))
  await setup.until(() => run.done)
  expect(run.value).toMatchObject({ nonce: 'alive' })
})

test('an interrupted attempt that a job had taken and left is infra, and counts', async () => {
  await using setup = await setUp(async () => {
    throw new Error('it must not be launched again')
  })
  await setup.begin('dead')
  await setup.store.put(ownerKey(attempt(1)), encodeJson({ nonce: 'dead', host: 'h', pid: 1, at: '' }))
  const run = setup.start()
  await setup.until(() => run.done, 5_000)
  expect(run.error).toMatchObject({ kind: 'infra' })
  expect(setup.clock.now()).toBeGreaterThan(14.9 * 60_000)
  expect(await setup.read(resultKey(attempt(1)))).not.toHaveProperty('interrupted')
})

test('a taken job that cannot be found is left open by a stop: nothing is decided over its head', async () => {
  await using setup = await setUp()
  await setup.begin('alive')
  await setup.store.put(ownerKey(attempt(1)), encodeJson({ nonce: 'alive', host: 'h', pid: 1, at: '' }))
  const stop = new AbortController()
  const run = setup.start({ signal: stop.signal })
  await setup.clock.advance(10_000)
  stop.abort(new StopRequest('signal'))
  await setup.until(() => run.done)
  expect(isDetached(run.error)).toBe(true)
  expect(await setup.store.get(resultKey(attempt(1)))).toBeUndefined()
  expect(setup.journal.ended).toMatchObject([{ outcome: { status: 'detached' } }])
})

test('an attempt that was given up and not settled is settled by what the one who gave it up has said', async () => {
  await using setup = await setUp()
  const service = new ScriptedService(() => setup.clock.date())
  const { store, clock, journal } = setup
  await journal
    .attempt(attempt(1))
    .intent({ version: 1, flavor: 'scripted', scope: 'memory', request: {}, fingerprint: '' })
  await setup.begin('lost')
  await store.put(
    ownerKey(attempt(1)),
    encodeJson({ closed: 'there is no machine', kind: 'capacity', code: 'LAUNCH_FAILED', at: '' }),
  )
  const operator = new ScriptedOperator(service, { clock, random: () => 0 })
  const run = outcomeOf(launchStepRun(stepLaunch(operator, { store, clock, journal })))
  await setup.until(() => run.done)
  expect(run.error).toMatchObject({ kind: 'capacity', message: expect.stringContaining('there is no machine') })
  expect(service.creates).toBe(0)
})

test('attempts that were decided before are replayed without waiting, and count', async () => {
  const launches: number[] = []
  await using setup = await setUp(async ({ attempt: n }) => {
    launches.push(n)
    throw new SidestepError('no machine again', { code: 'LAUNCH_FAILED', kind: 'capacity' })
  })
  const settled = { version: 1, status: 'failed', settledBy: 'launcher', kind: 'capacity', code: 'LAUNCH_FAILED' }
  for (const n of [1, 2])
    await setup.store.put(resultKey(attempt(n)), encodeJson({ ...settled, reason: 'no machine', finishedAt: '' }))
  const run = setup.start({ retry: { maxAttempts: 3, on: ['capacity'] } })
  while (!run.done) await sleep(1)
  expect(run.error).toMatchObject({ kind: 'capacity', message: expect.stringContaining('again') })
  expect(launches).toEqual([3])
  expect(setup.clock.now()).toBe(0)
})

test('a step run whose attempts were spent begins with the next one', async () => {
  const launches: number[] = []
  await using setup = await setUp(async ({ attempt: n }) => {
    launches.push(n)
    await setup.store.put(resultKey(attempt(n)), success(''))
  })
  const run = setup.start({ firstAttempt: 4 })
  await setup.until(() => run.done)
  expect(run.value).toBeDefined()
  expect(launches).toEqual([4])
})

test('the spec of an earlier launcher with other code is replaced, unless something was prepared with it', async () => {
  await using setup = await setUp(async ({ attempt: n }) => {
    await setup.store.put(resultKey(attempt(n)), success(''))
  })
  const { store, clock, journal, until } = setup
  await store.put(specKey(attempt(1)), encodeJson({ bundleSha256: 'old' }))
  const run = setup.start({ bundleSha256: 'new' })
  await until(() => run.done)
  expect(await setup.read(specKey(attempt(1)))).toMatchObject({ bundleSha256: 'new' })

  const service = new ScriptedService(() => clock.date())
  const operator = new ScriptedOperator(service, { clock, random: () => 0 })
  await store.put(specKey(attempt(2)), encodeJson({ bundleSha256: 'old' }))
  const intent = { version: 1, flavor: 'scripted', scope: 'memory', request: {}, fingerprint: '' }
  await journal.attempt(attempt(2)).intent(intent)
  const changes = { store, clock, journal, firstAttempt: 2, bundleSha256: 'new' }
  const again = outcomeOf(launchStepRun(stepLaunch(operator, changes)))
  await until(() => service.jobs.size === 1)
  expect(await setup.read(specKey(attempt(2)))).toMatchObject({ bundleSha256: 'old' })
  service.move(undefined, 'failed')
  await until(() => again.done)
})

test('a job that runs is adopted by a launcher that lacks its secrets, and one that is not found is left alone', async () => {
  await using setup = await setUp()
  const { store, clock, journal, until } = setup
  const service = new ScriptedService(() => clock.date())
  const operator = Object.assign(new ScriptedOperator(service, { clock, random: () => 0 }), {
    handedSecretSchemes: ['env'],
  })
  const launch = stepLaunch(operator, { store, clock, journal })
  process.env['TOKEN_OF_THIS_TEST'] = 'secret'
  void launchStepRun({ ...launch, secrets: { TOKEN: 'env:TOKEN_OF_THIS_TEST' } }).catch(() => undefined)
  await until(() => service.jobs.size === 1)
  while ((await journal.attempt(attempt(1)).read()).handle === undefined) await sleep(1)
  delete process.env['TOKEN_OF_THIS_TEST']
  const adopted = outcomeOf(launchStepRun({ ...launch, secrets: { TOKEN: 'env:TOKEN_OF_THIS_TEST' } }))
  await until(() => service.jobs.size === 1)
  await store.put(resultKey(attempt(1)), success(''))
  service.move(undefined, 'succeeded')
  await until(() => adopted.done)
  expect(adopted.value).toBeDefined()

  const nowhere = stepLaunch(operator, { store, clock, journal, firstAttempt: 2 })
  await journal.attempt(attempt(2)).create({ n: 1, nonce: 'n', deadline: clock.date().toISOString() })
  const left = outcomeOf(launchStepRun({ ...nowhere, secrets: { TOKEN: 'env:TOKEN_OF_THIS_TEST' } }))
  await until(() => left.done)
  expect(left.error).toMatchObject({ code: 'SECRET_MISSING', message: expect.stringContaining('left as it was') })
  expect(isUndecided(left.error)).toBe(true)
  expect(await store.get(resultKey(attempt(2)))).toBeUndefined()
})

test('an attempt of another scope is left open', async () => {
  await using setup = await setUp()
  const { store, clock, journal, until } = setup
  const record = journal.attempt(attempt(1))
  await record.intent({ version: 1, flavor: 'scripted', scope: 'elsewhere', request: {}, fingerprint: '' })
  await record.create({ n: 1, nonce: 'n', deadline: clock.date().toISOString() })
  await record.handle({ handle: { id: 'job' }, createdAt: clock.date().toISOString() })
  const operator = new ScriptedOperator(new ScriptedService(() => clock.date()), { clock, random: () => 0 })
  const run = outcomeOf(launchStepRun(stepLaunch(operator, { store, clock, journal })))
  await until(() => run.done)
  expect(run.error).toMatchObject({ code: 'LAUNCH_CONFLICT', job: { handle: { id: 'job' } } })
  expect(isUndecided(run.error)).toBe(true)
  expect(journal.ended).toEqual([])
  expect(await store.get(resultKey(attempt(1)))).toBeUndefined()
})
