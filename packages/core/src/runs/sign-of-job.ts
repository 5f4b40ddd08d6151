import { messageOf } from '../errors.ts'
import { readAttemptOwner } from '../launch/decide.ts'
import { readResult } from '../entrypoint/ownership.ts'
import type { ObservedJob } from './observe-jobs.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'

/** Where its operator cannot be asked about its jobs: what the job itself has written to the store says where it is. */
export async function withItsSign(observed: ObservedJob, { stacks }: RunsPlace): Promise<ObservedJob> {
  const { job, observation } = observed
  const { operator, run, attempt } = job
  if (observation !== undefined || operator === undefined || run === undefined) return observed
  if (serviceOf(operator) !== undefined) return observed
  try {
    const store = await stacks.store(run)
    const result = await readResult(attempt, store)
    if (result !== undefined) return { job, observation: { phase: result.status, at: result.finishedAt } }
    const owner = await readAttemptOwner(attempt, store)
    if (owner === undefined || 'closed' in owner) return observed
    return { job, observation: { phase: 'running', at: owner.at } }
  } catch (error) {
    return { job: { ...job, problem: messageOf(error) } }
  }
}
