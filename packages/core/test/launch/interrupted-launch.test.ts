import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { expect, onTestFinished, test } from 'vitest'

import type { LaunchEvent, LaunchPoint, LaunchPointName } from '../../src/events.ts'
import { launchStepRun } from '../../src/launch/launch-step-run.ts'
import type { RetryPolicy } from '../../src/step/policies.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { mortal, type Life } from '../support/mortal.ts'
import { ScriptedJobs } from '../support/scripted-jobs.ts'
import { ScriptedOperator, ScriptedService, type Fault } from '../support/scripted-service.ts'
import { advanceUntil, outcomeOf, stepLaunch } from '../support/step-launch.ts'
import { StoreJournal } from '../support/store-journal.ts'

interface Story {
  readonly faults?: readonly Fault[]
  readonly preempted?: readonly number[]
  readonly retry?: RetryPolicy
  /** A job is listed so long after it was created, in milliseconds: until then, others may be created. */
  readonly listedAfterMs?: number
  /** The attempt that succeeds where nothing is interrupted. */
  readonly points: readonly LaunchPointName[]
}

const STORIES: Readonly<Record<string, Story>> = {
  'a job that runs': {
    points: [
      '8.read-result',
      '3.spec',
      '2.prepare',
      '3.intent',
      '3.create-record',
      '4.submit',
      '6.handle',
      '7.observe',
    ],
  },
  'a create whose answer is lost after its effect': {
    faults: ['lost-after'],
    points: ['3.create-record', '4.find', '6.handle', '7.observe'],
  },
  'a create whose answer is lost before its effect': {
    faults: ['lost-before'],
    points: ['4.find', '3.create-record', '4.submit', '6.handle'],
  },
  'creates that are lost until the attempt is given up, and another attempt': {
    faults: ['lost-before', 'lost-before', 'lost-before', 'lost-before'],
    retry: { maxAttempts: 2, on: ['infra'] },
    points: ['4.find', '5.close-owner', '8.read-result', '8.settle', '9.retry', '3.create-record', '4.submit'],
  },
  'a machine that is taken, and another attempt': {
    preempted: [1],
    retry: { maxAttempts: 2, on: ['preempted'] },
    points: [
      '7.observe',
      '8.settle',
      '9.retry',
      '3.intent',
      '3.create-record',
      '4.submit',
      '6.handle',
      '8.read-result',
    ],
  },
  'jobs that are listed late, so that there are several': {
    faults: ['lost-after', 'lost-after', 'lost-after', 'lost-after'],
    listedAfterMs: 600,
    points: ['3.create-record', '4.find', '6.handle', '7.observe', '8.read-result'],
  },
  'jobs that are listed only when the attempt seems to be lost': {
    faults: ['lost-after', 'lost-after', 'lost-after', 'lost-after'],
    listedAfterMs: 5_000,
    points: ['3.create-record', '4.find', '5.close-owner', '8.read-result'],
  },
}

const DEATHS = Object.entries(STORIES).flatMap(([name, story]) =>
  story.points.flatMap((point) =>
    (['before', 'after'] as const).flatMap((side) =>
      // The first time and the last: an attempt of its own each, where there are two.
      (['first', 'second'] as const).map((time) => [name, `${point}:${side}`, time, story] as const),
    ),
  ),
)

/** A provider whose list shows a job some time after it was created. */
function listLate(service: ScriptedService, clock: FakeClock, listedAfterMs: number): void {
  const createdAt = new Map<string, number>()
  const submit = service.submit
  service.submit = async (...call) => {
    createdAt.set(call[1].nonce, clock.now())
    return submit(...call)
  }
  const find = service.find.bind(service)
  service.find = async function* (query) {
    for await (const job of find(query)) {
      if (clock.now() - (createdAt.get(job.nonce) ?? 0) >= listedAfterMs) yield job
    }
  }
}

/** Calls back at the first or second time that a launch comes to a point. Tells whether it did. */
function atTime(point: LaunchPoint, time: 'first' | 'second', then: () => void): { readonly reached: boolean } {
  const state = { times: 0, reached: false }
  const listen = (message: unknown): void => {
    if ((message as LaunchEvent).point !== point) return
    state.times += 1
    if (state.times !== (time === 'first' ? 1 : 2)) return
    state.reached = true
    then()
  }
  subscribe('sidestep:launch', listen)
  onTestFinished(() => void unsubscribe('sidestep:launch', listen))
  return state
}

test.each(DEATHS)(
  '%s, and a launcher that dies at %s, the %s time: the next one loses nothing and makes nothing twice',
  async (_name, point, time, { faults = [], preempted = [], retry, listedAfterMs = 0 }) => {
    await using store = await FolderStore.temporary()
    const clock = new FakeClock()
    const service = new ScriptedService(() => clock.date())
    service.idempotent = false
    service.faults.push(...faults)
    listLate(service, clock, listedAfterMs)
    const jobs = new ScriptedJobs(service, store)
    const life: Life = { dead: false }
    const times = { clock, random: () => 0 }
    const changes = { clock, ...(retry === undefined ? {} : { retry }) }
    const death = atTime(point, time, () => (life.dead = true))

    const firstStore = mortal(store, life)
    const first = outcomeOf(
      launchStepRun(
        stepLaunch(new ScriptedOperator(mortal(service, life), times), {
          ...changes,
          store: firstStore,
          journal: new StoreJournal(firstStore),
        }),
      ),
    )
    await advanceUntil(clock, () => {
      void jobs.runQueued(preempted)
      return death.reached || first.done
    })
    // A point that is not passed a second time: the launch has ended well, and is replayed.
    expect(death.reached || (time === 'second' && first.value !== undefined)).toBe(true)

    const journal = await StoreJournal.takeOver(store, 'r', 2)
    const second = outcomeOf(
      launchStepRun(stepLaunch(new ScriptedOperator(service, times), { ...changes, store, journal })),
    )
    await advanceUntil(clock, () => {
      void jobs.runQueued(preempted)
      return second.done
    })
    // Jobs that came too late find the attempt taken, and end.
    await jobs.runQueued(preempted)
    expect(second).toMatchObject({ value: { status: 'succeeded', nonce: jobs.ran[0] } })
    expect(jobs.ran).toHaveLength(1)
    const perAttempt = [...service.jobs.values()].map(({ labels }) => labels.attempt)
    if (listedAfterMs === 0) expect(perAttempt).toEqual([...new Set(perAttempt)])
    const over = listedAfterMs === 0 ? ['succeeded', 'failed'] : ['succeeded', 'failed', 'stopped']
    for (const { observation } of service.jobs.values()) expect(over).toContain(observation.phase)
    expect(journal.ended.at(-1)?.outcome).toEqual({ status: 'succeeded' })
  },
)
