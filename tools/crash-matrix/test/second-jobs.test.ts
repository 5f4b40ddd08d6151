import { expect, test } from 'vitest'

import { secondJobs } from '../src/audit/second-jobs.ts'
import type { OperatorJob } from '../src/operator-under-test.ts'
import type { Evidence } from '../src/project/evidence.ts'
import type { StoredAttempt } from '../src/store-reader.ts'

const STEP_RUN = 'left-0123456789abcdef'

function job(name: string, attempt: number, endedAt: number): OperatorJob {
  return { name, runId: 'r', stepRunId: STEP_RUN, attempt, nonce: name, alive: false, endedAt }
}

function ran(name: string, from: number, to?: number): Evidence[] {
  const base = { step: 'left', pid: from, job: name }
  const start: Evidence = { ...base, event: 'start', at: from }
  return to === undefined ? [start] : [start, { ...base, event: 'end', at: to }]
}

function settled(attempt: number, kind: string): StoredAttempt {
  const finishedAt = new Date(0).toISOString()
  return { stepRunId: STEP_RUN, attempt, keys: [], result: { status: 'failed', kind, finishedAt } }
}

function count(
  evidence: readonly Evidence[],
  jobs: readonly OperatorJob[],
  {
    attempts = [],
    kinds = [],
  }: { readonly attempts?: readonly StoredAttempt[]; readonly kinds?: readonly string[] } = {},
): number {
  const trial = { files: { evidence: () => evidence }, mayFail: new Map([['left', kinds]]) }
  return secondJobs(trial, attempts, jobs).reduce((sum, finding) => sum + finding.count, 0)
}

test('one job, started several times, is one job', () => {
  expect(count([...ran('a', 1), ...ran('a', 2, 3)], [job('a', 1, 4)])).toBe(0)
})

test('two jobs of one attempt are one too many', () => {
  expect(count([...ran('a', 1, 2), ...ran('b', 3, 4)], [job('a', 1, 2), job('b', 1, 4)])).toBe(1)
})

test('another attempt may follow one that failed as the scenario says, and no other', () => {
  const evidence = [...ran('a', 1), ...ran('b', 10, 11)]
  const jobs = [job('a', 1, 5), job('b', 2, 12)]
  expect(count(evidence, jobs, { attempts: [settled(1, 'infra')], kinds: ['infra'] })).toBe(0)
  expect(count(evidence, jobs, { attempts: [settled(1, 'infra')] })).toBe(1)
  expect(count(evidence, jobs, { kinds: ['infra'] })).toBe(1)
})

test('an attempt beside the one before counts, however that was settled', () => {
  const evidence = [...ran('a', 1, 20), ...ran('b', 10, 11)]
  const attempts = [settled(1, 'infra')]
  expect(count(evidence, [job('a', 1, 21), job('b', 2, 12)], { attempts, kinds: ['infra'] })).toBe(1)
})
