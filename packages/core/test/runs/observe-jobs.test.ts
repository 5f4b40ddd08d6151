import { expect, test } from 'vitest'

import type { KnownJob } from '../../src/runs/job-summary.ts'
import { observeJobs } from '../../src/runs/observe-jobs.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { knownJob } from '../support/known-job.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'

/** Looks at so many jobs in one answer. */
const AT_ONCE = 2

class SlowService extends ScriptedService {
  calls = 0
  /** The call that fails. */
  failing = 0

  override observe: ScriptedService['observe'] = async (handles) => {
    this.calls += 1
    if (this.calls === this.failing) throw new Error('throttled')
    const at = this.now().toISOString()
    const known = handles.filter(({ id }) => this.jobs.has(id)).slice(0, AT_ONCE)
    return new Map(known.map(({ id }) => [id, { phase: 'running', at }]))
  }
}

const clock = new FakeClock()

function jobsOf(service: SlowService, count: number): readonly KnownJob[] {
  const operator = new ScriptedOperator(service, { clock })
  return Array.from({ length: count }, (_, index) => knownJob(service, operator, index + 1))
}

// Orphans beyond the first hundred and fifty were not seen, and so none.
test('a provider that looks at few jobs at once is asked for all of them', async () => {
  const service = new SlowService(() => clock.date())
  const jobs = jobsOf(service, 5)
  service.jobs.delete('job-2')
  const observed = await observeJobs(jobs)
  expect(observed.map(({ observation }) => observation?.phase)).toEqual([
    'running',
    undefined,
    'running',
    'running',
    'running',
  ])
  // What is in no answer is asked for once more, and not for ever.
  expect(service.calls).toBe(3)
})

test('what was seen before a failure is told, and of the others why they were not', async () => {
  const service = new SlowService(() => clock.date())
  service.failing = 2
  const observed = await observeJobs(jobsOf(service, 3))
  expect(observed.map(({ job, observation }) => [observation?.phase, job.problem])).toEqual([
    ['running', undefined],
    ['running', undefined],
    [undefined, 'throttled'],
  ])
})
