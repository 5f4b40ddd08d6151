import { expect, test } from 'vitest'

import type { Observation } from '../../src/operator/phases.ts'
import { nextDeadline, startOfRun } from '../../src/watch/budgets.ts'

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
  const deadline = nextDeadline(timeouts, { createdAt, startedAt: undefined, now: after(400) })
  expect(deadline).toEqual({ budget: 'queue', limitMs: 1_000, inMs: 600 })
})

test('once it runs, the queue budget is over and the run budget counts from the start of the process', () => {
  const deadline = nextDeadline(timeouts, { createdAt, startedAt: after(900), now: after(3_000) })
  expect(deadline).toEqual({ budget: 'run', limitMs: 5_000, inMs: 2_900 })
})

test('the total budget fires where it comes first', () => {
  const limits = { ...timeouts, totalMs: 4_000 }
  const deadline = nextDeadline(limits, { createdAt, startedAt: after(900), now: after(4_500) })
  expect(deadline).toEqual({ budget: 'total', limitMs: 4_000, inMs: -500 })
})

test('the process started when the provider says so, or when it was first seen to run', () => {
  expect(startOfRun(running(900, 2_000))).toEqual(after(900))
  expect(startOfRun({ phase: 'running', at: after(700).toISOString() })).toEqual(after(700))
})

test('without budgets there is no deadline', () => {
  expect(nextDeadline({}, { createdAt, startedAt: undefined, now: after(1e9) })).toBeUndefined()
})
