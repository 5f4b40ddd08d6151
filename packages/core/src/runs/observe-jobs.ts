import { messageOf } from '../errors.ts'
import type { JobHandle, JobService } from '../operator/job-service.ts'
import type { Observation } from '../operator/phases.ts'
import type { KnownJob } from './job-summary.ts'
import { Patience } from './patience.ts'
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
  const observed = new Map<string, Observation>()
  let problem: string | undefined
  try {
    await observeAll(handles, service, { observed, signal })
  } catch (error) {
    signal?.throwIfAborted()
    problem = messageOf(error)
  }
  return jobs.map((job) => {
    const observation = observed.get(job.id)
    if (observation !== undefined) return { job, observation }
    return { job: problem === undefined ? job : { ...job, problem } }
  })
}

/** A provider that cannot look at so many at once is asked for the others, for as long as it tells of some. */
async function observeAll(
  handles: readonly JobHandle[],
  service: Pick<JobService<any, any, JobHandle, any>, 'createTimeoutMs' | 'observe'>,
  { observed, signal }: { readonly observed: Map<string, Observation>; readonly signal: AbortSignal | undefined },
): Promise<void> {
  for (let left = handles; left.length > 0;) {
    using patience = new Patience(service.createTimeoutMs, signal)
    for (const [id, observation] of await service.observe(left, { signal: patience.signal })) {
      observed.set(id, observation)
    }
    const unseen = left.filter(({ id }) => !observed.has(id))
    if (unseen.length === left.length) return
    left = unseen
  }
}
