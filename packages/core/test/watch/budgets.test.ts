import { expect, test } from 'vitest'

import type { Observation } from '../../src/operator/phases.ts'
import { nextDeadline } from '../../src/watch/budgets.ts'

const createdAt = new Date('2026-01-01T00:00:00Z')
const after = (ms: number): Date => new Date(createdAt.getTime() + ms)
const timeouts = { queueMs: 1_000, runMs: 5_000, totalMs: 20_000 }

function running(since: number, at: number): Observation {
  return {
    phase: 'running',
    at: after(at).toISOString(),
    phases: [
      { phase: 'queued', at: createdAt.toISOString() },
      { phase: 'running', at: after(since).toISOString() },
    ],
  }
}

test('before the process starts, the queue budget counts from the create', () => {
  const deadline = nextDeadline(timeouts, { createdAt, observation: undefined, now: after(400) })
  expect(deadline).toEqual({ budget: 'queue', limitMs: 1_000, inMs: 600 })
})

test('once it runs, the queue budget is over and the run budget counts from the start of the process', () => {
  const deadline = nextDeadline(timeouts, { createdAt, observation: running(900, 2_000), now: after(3_000) })
  expect(deadline).toEqual({ budget: 'run', limitMs: 5_000, inMs: 2_900 })
})

test('the total budget fires where it comes first', () => {
  const deadline = nextDeadline(
    { ...timeouts, totalMs: 4_000 },
    { createdAt, observation: running(900, 2_000), now: after(4_500) },
  )
  expect(deadline).toEqual({ budget: 'total', limitMs: 4_000, inMs: -500 })
})

test('a provider without a history of phases counts from the first look that saw it run', () => {
  const observation: Observation = { phase: 'running', at: after(700).toISOString() }
  expect(nextDeadline(timeouts, { createdAt, observation, now: after(700) })).toMatchObject({
    budget: 'run',
    inMs: 5_000,
  })
})

test('without budgets there is no deadline', () => {
  expect(nextDeadline({}, { createdAt, observation: undefined, now: after(1e9) })).toBeUndefined()
})
