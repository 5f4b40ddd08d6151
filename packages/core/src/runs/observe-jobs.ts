import { messageOf } from '../errors.ts'
import type { JobHandle } from '../operator/job-service.ts'
import type { Observation } from '../operator/phases.ts'
import type { KnownJob } from './job-summary.ts'
import { serviceOf } from './service-of.ts'

/** A job and what its provider says of it, or why that is not known. */
export interface ObservedJob {
  readonly job: KnownJob
  readonly observation?: Observation
}

/** Asks each operator once about all its jobs. One that gives no answer does not hide the others' jobs. */
export async function observeJobs(
  jobs: readonly KnownJob[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<readonly ObservedJob[]> {
  const groups = [...Map.groupBy(jobs, ({ operator }) => operator).values()]
  return (await Promise.all(groups.map((group) => observeGroup(group, signal)))).flat()
}

/** Of jobs of one operator. */
async function observeGroup(
  jobs: readonly KnownJob[],
  signal: AbortSignal | undefined,
): Promise<readonly ObservedJob[]> {
  const operator = jobs[0]?.operator
  const service = operator === undefined ? undefined : serviceOf(operator)
  const handles = jobs.map(({ handle }) => handle).filter((handle): handle is JobHandle => handle !== undefined)
  if (service === undefined || handles.length === 0) return jobs.map((job) => ({ job }))
  const patience = AbortSignal.timeout(service.createTimeoutMs)
  try {
    const observed = await service.observe(handles, {
      signal: signal === undefined ? patience : AbortSignal.any([patience, signal]),
    })
    return jobs.map((job) => {
      const observation = observed.get(job.id)
      return observation === undefined ? { job } : { job, observation }
    })
  } catch (error) {
    signal?.throwIfAborted()
    return jobs.map((job) => ({ job: { ...job, problem: messageOf(error) } }))
  }
}
