import { configError, SidestepError } from '../errors.ts'
import { isTerminal } from '../operator/phases.ts'
import { backoffMs } from '../watch/backoff.ts'
import { describeJob, operatorLabel, type JobSummary, type KnownJob } from './job-summary.ts'
import { observeJobs } from './observe-jobs.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'

/**
 * Asks the provider to stop a job, and waits for its end. The launcher of its run, where it has one, sees that it was
 * stopped. Rejects with `JOB_FAILED` where nobody can ask.
 */
export async function cancelJob(
  job: KnownJob,
  { clock, random }: RunsPlace,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<JobSummary> {
  const { operator, handle } = job
  const service = operator === undefined ? undefined : serviceOf(operator)
  if (service === undefined || handle === undefined) throw cannotCancel(job)
  const call = signal === undefined ? {} : { signal }
  const patience = AbortSignal.timeout(service.createTimeoutMs)
  await service.cancel(handle, { signal: signal === undefined ? patience : AbortSignal.any([patience, signal]) })
  const { min, max } = service.pollIntervalMs
  for (let looks = 0; ; looks += 1) {
    const [observed] = await observeJobs([job], call)
    const observation = observed?.observation
    if (observation !== undefined && (isTerminal(observation.phase) || observation.gone === true)) {
      return describeJob(job, observation)
    }
    await clock.sleep(backoffMs(looks, { firstMs: min, longestMs: max, random }), call)
  }
}

function cannotCancel({ id, operatorName, flavor, problem, operator }: KnownJob): SidestepError {
  if (operator === undefined) {
    return configError('JOB_FAILED', `the job ${id} cannot be cancelled: ${problem ?? 'its operator is not known'}`)
  }
  return configError(
    'JOB_FAILED',
    `the job ${id} cannot be cancelled: nobody but its launcher can reach a job of the step operator ${operatorLabel(operatorName, flavor)}`,
    'Cancel its run: `sidestep runs cancel`.',
  )
}
