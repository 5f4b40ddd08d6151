import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import type { LaunchEvent, LaunchPoint, RunEvent } from '@sidestep/core'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { temporaryHome } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { provisioned, stoppable } from './fixtures/stoppable.ts'

let home: Awaited<ReturnType<typeof temporaryHome>>
beforeEach(async () => {
  home = await temporaryHome()
})
afterEach(async () => home.remove())

/** Everything that a launch passes before it waits for its job. */
const POINTS: readonly LaunchPoint[] = [
  '1.bundle:before',
  '1.bundle:after',
  '1.load-check:before',
  '1.load-check:after',
  '1.upload:before',
  '8.read-result:before',
  '3.spec:before',
  '3.spec:after',
  '2.prepare:before',
  '2.prepare:after',
  '3.intent:before',
  '3.intent:after',
  '3.create-record:before',
  '3.create-record:after',
  '4.submit:before',
  '4.submit:after',
  '6.handle:before',
  '6.handle:after',
  '7.observe:before',
  '7.observe:after',
]

test.each(POINTS)('a signal at %s leaves nothing running', async (point) => {
  const run = stoppable.start(undefined)
  let hit = false
  const stop = (message: unknown): void => {
    if ((message as LaunchEvent).point !== point || hit) return
    hit = true
    void run.cancel('signal')
  }
  subscribe('sidestep:launch', stop)
  try {
    await expect(run.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' })
    expect(hit).toBe(true)
    await expectNothingRuns()
  } finally {
    unsubscribe('sidestep:launch', stop)
  }
})

test.each(['queued', 'provisioning', 'running'] as const)(
  'a signal while the job is %s leaves nothing running',
  async (phase) => {
    const run = provisioned.start(undefined)
    const seen: RunEvent[] = []
    for await (const event of run.events()) {
      seen.push(event)
      if (event.type !== 'attempt.phase' && event.type !== 'attempt.handle') continue
      // A job may be past a short phase before anybody has looked.
      if (phase === 'queued' || (event.type === 'attempt.phase' && event.phase === phase)) void run.cancel('signal')
      else if (event.type === 'attempt.phase' && event.phase === 'running') void run.cancel('signal')
    }
    expect(seen.at(-1)).toMatchObject({ type: 'run.cancelled' })
    await expectNothingRuns()
  },
)

async function expectNothingRuns(): Promise<void> {
  expect(await home.liveJobs()).toEqual([])
  // A supervisor that has recorded the end of its job takes a moment to leave.
  await until('no process is left', async () => (await home.processes()).length === 0, 5_000)
}
