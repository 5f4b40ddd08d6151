import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { expect, onTestFinished, test } from 'vitest'

import { ownerKey, resultKey } from '../../src/artifact/layout.ts'
import { SidestepError } from '../../src/errors.ts'
import type { LaunchEvent, LaunchPoint } from '../../src/events.ts'
import { isUndecided } from '../../src/launch/launch-error.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { AttemptEnding } from '../../src/launch/step-run-launch.ts'
import { StopRequest } from '../../src/launch/stop-request.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { PlainOperator } from '../support/plain-operator.ts'
import { ScriptedOperator, ScriptedService, type Fault } from '../support/scripted-service.ts'
import { advanceUntil, attempt, outcomeOf, stepLaunch, type StepLaunchChanges } from '../support/step-launch.ts'
import { StoreJournal } from '../support/store-journal.ts'

async function setUp(changes: StepLaunchChanges = {}) {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const service = new ScriptedService(() => clock.date())
  const stop = new AbortController()
  const ended: AttemptEnding[] = []
  const journal = new StoreJournal(store)
  const operator = new ScriptedOperator(service, { clock, random: () => 0 })
  const launch = stepLaunch(operator, { store, clock, journal, signal: stop.signal, ...changes })
  launch.observer.ended = async (_attempt, end) => void ended.push(end)
  const until = (condition: () => boolean): Promise<void> => advanceUntil(clock, condition)
  return {
    store,
    clock,
    service,
    stop,
    journal,
    launch,
    ended,
    until,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

/** Where a launcher falls asleep, and what leads it there. */
const SLEEPS: readonly (readonly [
  LaunchPoint,
  { readonly faults?: readonly Fault[]; readonly ends?: 'stop' | 'failed' },
])[] = [
  ['3.intent:before', {}],
  ['3.create-record:before', {}],
  ['4.submit:before', {}],
  ['6.handle:before', {}],
  ['5.close-owner:before', { faults: ['refused'] }],
  ['7.cancel:before', { ends: 'stop' }],
  ['8.settle:before', { ends: 'failed' }],
]

test.each(SLEEPS)(
  'a launcher that sleeps at %s while another one takes the run over does nothing more',
  async (point, how) => {
    await using setup = await setUp({ retry: { maxAttempts: 3, on: ['quota', 'preempted'] } })
    const { store, service, launch, until } = setup
    service.faults.push(...(how.faults ?? []))
    let asleep = false
    let creates = 0
    const wakes = Promise.withResolvers<void>()
    const stat = store.stat.bind(store)
    // Whatever the launcher does next begins with the question whether it still owns the run.
    store.stat = async (key, options) => {
      if (asleep && key.includes('/launchers/')) await wakes.promise
      return stat(key, options)
    }
    const listen = (message: unknown): void => {
      if ((message as LaunchEvent).point !== point) return
      asleep = true
      creates = service.creates
    }
    subscribe('sidestep:launch', listen)
    onTestFinished(() => void unsubscribe('sidestep:launch', listen))
    const run = outcomeOf(launchStepRun(launch))
    await until(() => {
      const [job] = service.jobs.values()
      if (how.ends !== undefined && job?.observation.phase === 'queued') {
        if (how.ends === 'failed') service.move(undefined, 'failed', { kind: 'preempted' })
        else if (!setup.stop.signal.aborted) setup.stop.abort(new StopRequest('signal'))
      }
      return asleep
    })
    await StoreJournal.takeOver(store, 'r', 2)
    wakes.resolve()
    await until(() => run.done)
    expect(run.error).toMatchObject({ code: 'RUN_TAKEN_OVER' })
    expect(service.creates).toBe(creates)
    expect(service.cancels).toEqual([])
    expect(await store.get(resultKey(attempt(1)))).toBeUndefined()
    expect(await store.get(ownerKey(attempt(1)))).toBeUndefined()
    expect(setup.journal.ended).toEqual([])
    expect(isUndecided(run.error)).toBe(true)
    expect(setup.ended).toMatchObject([{ error: { code: 'RUN_TAKEN_OVER' }, willRetry: false, undecided: true }])
  },
)

test('steps of a run that was taken over are left as they are, whatever their policy is', async () => {
  await using setup = await setUp()
  const { service, stop, launch, store, until } = setup
  const run = outcomeOf(launchStepRun(launch))
  await until(() => service.jobs.size === 1)
  const cause = new SidestepError('launcher 2 has it', { code: 'RUN_TAKEN_OVER', kind: 'infra' })
  stop.abort(new StopRequest('taken-over', { cause }))
  await until(() => run.done)
  expect(run.error).toBe(cause)
  expect(service.cancels).toEqual([])
  expect(await store.get(resultKey(attempt(1)))).toBeUndefined()
})

test('a plain operator is not told to stop where the run was taken over: it would end its job', async () => {
  let aborted = false
  await using setup = await setUp()
  const operator = new PlainOperator(async (_info, { signal }) => {
    signal.addEventListener('abort', () => (aborted = true))
    await new Promise(() => undefined)
  })
  const run = outcomeOf(launchStepRun({ ...setup.launch, operator }))
  await settle()
  setup.stop.abort(new StopRequest('taken-over'))
  await setup.until(() => run.done)
  expect(run.error).toMatchObject({ code: 'RUN_TAKEN_OVER' })
  expect(aborted).toBe(false)
})

test('a run that is taken over between two attempts begins no other one', async () => {
  await using setup = await setUp({ retry: { maxAttempts: 2, on: ['quota'] } })
  setup.service.faults.push('refused')
  const run = outcomeOf(launchStepRun(setup.launch))
  await setup.until(() => setup.journal.ended.length === 1)
  setup.stop.abort(new StopRequest('taken-over'))
  await setup.until(() => run.done)
  expect(run.error).toMatchObject({ code: 'RUN_TAKEN_OVER' })
  expect(isUndecided(run.error)).toBe(true)
  expect(setup.service.creates).toBe(1)
})
