import type { FoundJob, JobQuery } from '@sidestep/core'

import { marksOf } from './job-marks.ts'
import { JOB_NAME_PREFIX, nameContains } from './job-name.ts'
import { handleOf, type HandlePlace, type SagemakerHandle } from './sagemaker-handle.ts'
import type { TrainingJobs } from './training-jobs.ts'
import { isOver } from './training-states.ts'

/**
 * Jobs that fit a query, those that have ended included unless it is for live ones. Names narrow the list down; what decides is what a job carries, and only a
 * closer look tells that: lists have neither variables nor tags.
 */
export async function* findJobs(
  jobs: TrainingJobs,
  query: JobQuery,
  place: HandlePlace,
  signal: AbortSignal,
): AsyncGenerator<FoundJob<SagemakerHandle>> {
  for await (const { output } of jobs.list({ nameContains: nameContains(query) }, signal)) {
    for (const summary of output) {
      const { TrainingJobName: name } = summary
      if (name?.startsWith(JOB_NAME_PREFIX) !== true) continue
      // SageMaker forgets no job: in time, nearly all have ended.
      if (query.live === true && isOver(summary)) continue
      const job = (await jobs.describe(name, signal))?.output
      const marks = marksOf(job?.Environment)
      if (job === undefined || marks === undefined) continue
      const { labels } = marks
      if ((query.token ?? labels.token) !== labels.token) continue
      if ((query.runId ?? labels.runId) !== labels.runId) continue
      if ((query.journalId ?? labels.journalId) !== labels.journalId) continue
      yield { handle: handleOf(name, job, place), ...marks }
    }
  }
}
