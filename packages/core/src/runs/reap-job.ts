import { configError, SidestepError } from '../errors.ts'
import { cancelJob, type CancelJobOptions } from './cancel-job.ts'
import { describeJob, jobLabel, type JobSummary, type KnownJob } from './job-summary.ts'
import { observeJobs } from './observe-jobs.ts'
import { whyOrphan } from './orphans.ts'
import type { RunsPlace } from './runs-place.ts'
import { hasJobEnded } from './until-job-ended.ts'

/**
 * Ends a job that was found to be nobody's, where it still is: somebody may have gone on with its run since. Rejects with
 * `RUN_OWNED` where it is no orphan any more, and with `JOB_FAILED` where it could not be ended.
 */
export async function reapJob(job: KnownJob, place: RunsPlace, options: CancelJobOptions = {}): Promise<JobSummary> {
  const { signal } = options
  const [observed] = await observeJobs([job], signal === undefined ? {} : { signal })
  const observation = observed?.observation
  if (observation === undefined) {
    throw new SidestepError(
      `the ${jobLabel(job)} is left alone: its provider gives no answer: ${observed?.job.problem ?? 'it says nothing of this job'}`,
      { code: 'JOB_FAILED', kind: 'infra', hint: 'Try again when it can be reached.' },
    )
  }
  if (hasJobEnded(observation)) return describeJob(job, observation)
  const because = await whyOrphan({ job, observation }, await place.journal.runs(), place)
  if (because === undefined) {
    throw configError(
      'RUN_OWNED',
      `the ${jobLabel(job)} is no orphan any more: it, or a launcher of its run, gives signs of life again`,
      `To end it all the same: \`sidestep jobs cancel ${job.id}\`, or its run with \`sidestep runs cancel ${job.attempt.runId}\`.`,
    )
  }
  return cancelJob(job, place, options)
}
