import type { JobSummary, RunDetails, RunSummary } from '@sidestep/core'
import { at } from './events.ts'

/** What a listing knows of the run of `runStarted()`. */
export function runSummary(more: Partial<RunSummary> = {}): RunSummary {
  return {
    runId: 'run1',
    pipeline: 'penguins',
    stack: 'default',
    state: 'succeeded',
    startedAt: at(0),
    storeUri: 'file:///project/.sidestep/store',
    module: 'src/pipeline.ts',
    projectFolder: '/project',
    ...more,
  }
}

/** Of a launcher that is there. */
export const owner = { n: 1, host: 'machine', pid: 4700, at: at(0), state: 'alive' } as const

/** Everything about the run of `runStarted()` that its events do not tell. */
export function runDetails(more: Partial<RunDetails> = {}): RunDetails {
  return {
    ...runSummary(more),
    launchers: [launcher(1, 4700, 0)],
    ends: [],
    steps: [],
    ...more,
  }
}

export function launcher(n: number, pid: number, ms: number): RunDetails['launchers'][number] {
  return {
    n,
    id: `launcher-${n}`,
    machine: { host: 'machine' },
    process: { pid, bootId: 'boot', startTime: '1' },
    journalId: 'journal',
    at: at(ms),
  }
}

export function jobSummary(more: Partial<JobSummary> = {}): JobSummary {
  return {
    id: 'job-1',
    runId: 'run1',
    stepRunId: 'b',
    stepName: 'train',
    attempt: 1,
    operator: 'gpu',
    flavor: 'local',
    phase: 'running',
    startedAt: at(0),
    ...more,
  }
}
