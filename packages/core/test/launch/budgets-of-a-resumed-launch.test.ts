import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { ownerKey } from '../../src/artifact/layout.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { ResolvedTimeouts } from '../../src/step/policies.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { mortal, type Life } from '../support/mortal.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch } from '../support/step-launch.ts'
import { StoreJournal } from '../support/store-journal.ts'

const HOUR = 3_600_000
const MINUTE = 60_000

async function setUp(timeouts: ResolvedTimeouts) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = new ScriptedService(() => clock.date())
  const life: Life = { dead: false }
  const times = { clock, random: () => 0 }
  const its = mortal(store, life)
  const operator = new ScriptedOperator(mortal(service, life), times)
  const first = outcomeOf(
    launchStepRun(stepLaunch(operator, { store: its, clock, timeouts, journal: new StoreJournal(its) })),
  )
  const until = (condition: () => boolean, stepMs?: number): Promise<void> => advanceUntil(clock, condition, stepMs)
  await until(() => service.jobs.size === 1)
  const createdAt = clock.now()
  const resume = async () => {
    life.dead = true
    const journal = await StoreJournal.takeOver(store, 'r', 2)
    const launch = stepLaunch(new ScriptedOperator(service, times), { store, clock, timeouts, journal })
    return outcomeOf(launchStepRun(launch))
  }
  /** A provider that remembers nothing. */
  const forget = (phase: 'queued' | 'running'): void => {
    for (const job of service.jobs.values()) job.observation = { phase, at: clock.date().toISOString() }
  }
  return {
    store,
    clock,
    service,
    first,
    createdAt,
    resume,
    until,
    forget,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test.each([
  ['queue', { queueMs: 10_000 }, 'queued', true],
  ['total', { totalMs: 10_000 }, 'running', true],
  ['run', { runMs: 10_000 }, 'running', true],
  ['queue', { queueMs: 10_000 }, 'queued', false],
  ['total', { totalMs: 10_000 }, 'running', false],
] as const)(
  'the %s budget goes on where a launcher died (%o, %s, phases remembered: %s)',
  async (budget, timeouts, phase, remembers) => {
    await using setup = await setUp(timeouts)
    const { clock, service, createdAt, until } = setup
    if (phase === 'running') service.move(undefined, 'running')
    if (!remembers) setup.forget(phase)
    await clock.advance(7_000)
    const second = await setup.resume()
    await until(() => second.done)
    expect(second.error).toMatchObject({ kind: 'timeout', message: expect.stringContaining(`its ${budget} timeout`) })
    expect(clock.now() - createdAt).toBeLessThan(12_500)
    expect(service.cancels).toHaveLength(1)
  },
)

test('a job that was found by the attempt that it took has the budget of its own create', async () => {
  await using setup = await setUp({ totalMs: 10_000 })
  const { clock, service, store, createdAt, until } = setup
  setup.forget('running')
  await store.delete('runs/r/train-1/1/handle.json')
  await store.put(ownerKey(attempt(1)), encodeJson({ nonce: service.nonces[0], host: 'h', pid: 1, at: '' }))
  await clock.advance(7_000)
  const second = await setup.resume()
  await until(() => second.done)
  expect(second.error).toMatchObject({ kind: 'timeout' })
  expect(clock.now() - createdAt).toBeLessThan(12_500)
})

test.each([5 * HOUR, -5 * HOUR])("this machine's time of day may jump by %d ms: no budget minds", async (jumpMs) => {
  await using setup = await setUp({ queueMs: 10 * MINUTE, runMs: 10 * MINUTE, totalMs: 20 * MINUTE })
  const { clock, service, first, until } = setup
  const started = clock.date().getTime() - clock.now()
  // The provider has a clock of its own.
  service.now = () => new Date(started + clock.now())
  service.move(undefined, 'running')
  await clock.advance(10_000)
  clock.jump(jumpMs)
  await clock.advance(8 * MINUTE)
  expect(service.cancels).toEqual([])
  expect(first.done).toBe(false)
  await clock.advance(3 * MINUTE)
  await until(() => first.done)
  expect(first.error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('its run timeout') })
})

test.each([5 * HOUR, -5 * HOUR])(
  'a launcher whose time of day is wrong by %d ms when it creates a job counts by the provider, even one that remembers nothing',
  async (jumpMs) => {
    await using store = await FolderStore.temporary()
    const clock = new FakeClock()
    const started = clock.date().getTime()
    const service = new ScriptedService(() => new Date(started + clock.now()))
    clock.jump(jumpMs)
    const operator = new ScriptedOperator(service, { clock, random: () => 0 })
    const run = outcomeOf(launchStepRun(stepLaunch(operator, { store, clock, timeouts: { totalMs: 60_000 } })))
    await advanceUntil(clock, () => service.jobs.size === 1)
    for (const job of service.jobs.values()) job.observation = { phase: 'running', at: service.now().toISOString() }
    await clock.advance(50_000)
    expect(service.cancels).toEqual([])
    await advanceUntil(clock, () => run.done)
    expect(run.error).toMatchObject({ kind: 'timeout' })
    expect(clock.now()).toBeLessThan(65_000)
  },
)
