import type { Finding } from '../finding.ts'
import { readAttempts } from '../store-reader.ts'
import type { Trial } from '../trial.ts'
import { badLogs, badView, doubledInView } from './log-lines.ts'
import { lostResults } from './results.ts'
import { secondJobs } from './second-jobs.ts'

/** Holds the store, the operator's records and the evidence of user code against each other. Asks no journal. */
export async function auditTrial(trial: Trial, { alsoView }: { readonly alsoView: boolean }): Promise<Finding[]> {
  const attempts = await readAttempts(trial.store, trial.runId)
  const jobs = (await trial.flavor.jobs(trial.home)).filter(({ runId }) => runId === trial.runId)
  return [
    ...secondJobs(trial, attempts, jobs),
    ...(await lostResults(trial, attempts)),
    ...(await badLogs(trial, attempts)),
    ...(await doubledInView(trial, attempts)),
    ...(alsoView ? await badView(trial, attempts) : []),
  ]
}
