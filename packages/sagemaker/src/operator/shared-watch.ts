import type { Clock } from '@sidestep/core'

import type { ResolvedSagemakerConfig } from '../config/resolved-config.ts'
import { JobWatch } from './job-watch.ts'
import { SharedByClock } from './shared-by-clock.ts'
import type { TrainingJobs } from './training-jobs.ts'

/** A list is shared by what asks within this part of the longest time between two looks. */
const LIST_SHARE = 1 / 3

const watches: SharedByClock<JobWatch> = new SharedByClock()

/** A watch of its own. */
export function newWatch(jobs: TrainingJobs, { pollIntervalMs }: ResolvedSagemakerConfig, clock: Clock): JobWatch {
  return new JobWatch(jobs, { clock, listEveryMs: pollIntervalMs * LIST_SHARE })
}

/**
 * The one watch of all operators in this process that look at jobs of the same account and region, as often and with the same
 * credentials: one list serves all of them.
 */
export function watchOf(
  jobs: TrainingJobs,
  {
    account,
    config,
    clock,
  }: { readonly account: string; readonly config: ResolvedSagemakerConfig; readonly clock: Clock },
): JobWatch {
  const { region, endpoint, profile, pollIntervalMs } = config
  const key = JSON.stringify([account, region, endpoint, profile, pollIntervalMs])
  return watches.get(clock, key, () => newWatch(jobs, config, clock))
}
