import { messageOf, SidestepError } from '../errors.ts'
import type { JobHandle, JobService } from '../operator/job-service.ts'
import { backoffMs } from '../watch/backoff.ts'
import { describeJob, jobLabel, type JobSummary, type KnownJob } from './job-summary.ts'
import { Patience } from './patience.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'
import { ProviderSilence, unreachable, untilJobEnded, type WaitOptions } from './until-job-ended.ts'

/** How the end of a job is waited for. */
export interface CancelJobOptions {
  /** Ends the waiting; the job may have been told to stop already. */
  readonly signal?: AbortSignal
  /** Told of progress, a line at a time. */
  readonly onEvent?: (text: string) => void
}

/** How long a job may go on after its cancel, in milliseconds: how long it is given to end by itself is not known here. */
const LONGEST_END_MS = 300_000

/**
 * Asks the provider to stop a job, and waits for its end. The launcher of its run, where it has one, sees that it was
 * stopped. Rejects with `JOB_FAILED` where nobody can ask, where the provider gives no answer for two minutes, or where
 * the job has not ended five minutes later.
 */
export async function cancelJob(
  job: KnownJob,
  { clock, random }: Pick<RunsPlace, 'clock' | 'random'>,
  options: CancelJobOptions = {},
): Promise<JobSummary> {
  const { operator, handle } = job
  const service = operator === undefined ? undefined : serviceOf(operator)
  if (service === undefined || handle === undefined) throw unreachable(job)
  await askToStop(job, { service, handle, clock, random, ...options })
  options.onEvent?.(`asked for the end of the ${jobLabel(job)}`)
  const observation = await untilJobEnded(job, { clock, random }, { ...options, longestMs: LONGEST_END_MS })
  return describeJob(job, observation)
}

interface StopRequest extends WaitOptions, Pick<RunsPlace, 'clock' | 'random'> {
  readonly service: JobService<any, any, JobHandle, any>
  readonly handle: JobHandle
}

/** Again and again while the provider gives no answer; what it refuses is refused. */
async function askToStop(job: KnownJob, request: StopRequest): Promise<void> {
  const { service, handle, clock, random, signal, onEvent } = request
  const silence = new ProviderSilence(job, { clock, ...(onEvent && { onEvent }) })
  for (let n = 0; ; n += 1) {
    using patience = new Patience(service.createTimeoutMs, signal)
    try {
      return await service.cancel(handle, { signal: patience.signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (SidestepError.isInstance(error) && error.kind !== 'infra') throw error
      silence.note(messageOf(error), error)
    }
    const delayMs = backoffMs(n, { firstMs: 250, longestMs: 30_000, random })
    await clock.sleep(delayMs, signal === undefined ? {} : { signal })
  }
}
