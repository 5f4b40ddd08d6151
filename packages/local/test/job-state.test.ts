import type { JobLabels } from '@sidestep/core'
import { expect, it } from 'vitest'

import type { EndReason, ExitRecord, JobRecord } from '../src/job/job-record.ts'
import { observationOf } from '../src/operator/job-state.ts'

const NOW = new Date('2026-11-21T12:00:00.000Z')
const labels: JobLabels = { runId: 'r', stepRunId: 's', attempt: 1, token: 't', journalId: 'j' }
const supervisor = { bootId: 'b', pid: 1, startTime: '1' }
const record: JobRecord = {
  labels,
  fingerprint: 'f',
  nonce: 'n',
  supervisor,
  createdMonotonicMs: 0,
  createdAt: '2026-11-21T11:00:00.000Z',
}
const phases = [{ phase: 'running', at: '2026-11-21T11:00:01.000Z' }] as const

function ended(exit: Omit<ExitRecord, 'endedAt'>): ReturnType<typeof observationOf> {
  const endedAt = '2026-11-21T11:30:00.000Z'
  return observationOf({ record, phases, exit: { ...exit, endedAt }, supervised: false }, NOW)
}

it('a job that goes on is in the phase that it came to last', () => {
  expect(observationOf({ record, phases: [], supervised: true }, NOW)).toMatchObject({
    phase: 'queued',
    at: NOW.toISOString(),
  })
  expect(observationOf({ record, phases, supervised: true }, NOW)).toMatchObject({
    phase: 'running',
    phases: [{ phase: 'queued', at: record.createdAt }, ...phases],
  })
})

const KINDS: readonly [EndReason, object][] = [
  ['exited', { phase: 'failed' }],
  ['stopped', { phase: 'stopped', kind: 'stopped' }],
  ['timeout', { phase: 'failed', kind: 'timeout' }],
  ['oom', { phase: 'failed', kind: 'oom' }],
  ['packages_failed', { phase: 'failed', kind: 'infra' }],
  ['start_failed', { phase: 'failed', kind: 'infra' }],
  ['supervisor_failed', { phase: 'failed', kind: 'infra' }],
]

it.each(KINDS)('a job that ended as %s', (reason, expected) => {
  const observation = ended({ reason, exitCode: 1, message: 'why' })
  expect(observation).toMatchObject({ ...expected, providerState: reason, reason: 'why', exitCode: 1 })
  expect('kind' in observation).toBe('kind' in expected)
  expect(observation.phases?.at(-1)).toEqual({ phase: observation.phase, at: '2026-11-21T11:30:00.000Z' })
})

it('a command that exits well has succeeded, whatever was asked of it meanwhile', () => {
  for (const [reason] of KINDS) expect(ended({ reason, exitCode: 0 })).toMatchObject({ phase: 'succeeded' })
})

it('who failed knows best of which kind it is', () => {
  expect(ended({ reason: 'packages_failed', kind: 'config', message: 'no such package', hint: 'look' })).toMatchObject({
    kind: 'config',
    reason: 'no such package',
    hint: 'look',
  })
})

it('a job that ended is believed although its supervisor still runs for a moment', () => {
  const exit = { reason: 'exited', exitCode: 0, endedAt: NOW.toISOString() } as const
  expect(observationOf({ record, phases, exit, supervised: true }, NOW).phase).toBe('succeeded')
})
