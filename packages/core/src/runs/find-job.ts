import { dirname } from 'node:path'

import { configError, type SidestepError } from '../errors.ts'
import { quoted } from '../stack/component-name.ts'
import type { KnownJob } from './job-summary.ts'
import { openJobs } from './open-jobs.ts'
import { findOrphans } from './orphans.ts'
import type { RunsPlace } from './runs-place.ts'

const NAMED = 3

/**
 * The job with this id, or the only one whose id begins so: among those that have not ended, then all that the journal
 * knows, then those that it forgot. Throws `JOB_UNKNOWN`.
 */
export async function findJob(idOrPrefix: string, place: RunsPlace): Promise<KnownJob> {
  const problems: string[] = []
  const onProblem = (text: string): void => void problems.push(text)
  const places: readonly (() => Promise<readonly KnownJob[]>)[] = [
    async () => openJobs(place),
    async () => openJobs(place, { ended: true }),
    async () => (await findOrphans(place, { onProblem })).map(({ job }) => job),
  ]
  for (const jobsOf of places) {
    const found = choose(idOrPrefix, await jobsOf())
    if (found !== undefined) return found
  }
  throw unknownJob(idOrPrefix, place.journal.path, problems)
}

/** The error of a job that no run has. `problems` are of operators that could not be asked. */
export function unknownJob(idOrPrefix: string, journalPath: string, problems: readonly string[] = []): SidestepError {
  return configError(
    'JOB_UNKNOWN',
    `no run in ${dirname(journalPath)} has a job ${quoted(idOrPrefix)}`,
    ['`sidestep jobs list` shows those that have not ended.', ...problems].join('\n'),
  )
}

function choose(idOrPrefix: string, jobs: readonly KnownJob[]): KnownJob | undefined {
  const exact = jobs.find(({ id }) => id === idOrPrefix)
  if (exact !== undefined || idOrPrefix === '') return exact
  const [first, ...more] = jobs.filter(({ id }) => id.startsWith(idOrPrefix))
  if (first === undefined || more.length === 0) return first
  const ids = [first, ...more].slice(0, NAMED).map(({ id }) => id)
  throw configError(
    'JOB_UNKNOWN',
    `the ids of ${more.length + 1} jobs begin with ${idOrPrefix}`,
    `Give more of it: ${ids.join(', ')}${more.length >= NAMED ? ', …' : '.'}`,
  )
}
