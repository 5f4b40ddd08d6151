import type { AttemptKey } from '../artifact/layout.ts'
import { messageOf } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { AttemptRecord, AttemptState } from '../journal/attempt-record.ts'
import type { FoundJob, JobHandle } from '../operator/job-service.ts'
import { cancelIdle, jobsOf } from './find-job.ts'
import { attemptToken } from './identity.ts'
import type { HandleRecord } from './handle-record.ts'
import type { Intent } from './intent.ts'
import { numbersItsCreates } from './numbers-its-creates.ts'
import type { StepRunLaunch } from './step-run-launch.ts'

/** An attempt for which more than one create was sent, and whose watched job is over. */
export interface AfterJob {
  readonly key: AttemptKey
  readonly state: AttemptState
  readonly record: AttemptRecord
}

/**
 * The jobs that the provider lists for an attempt. None where it cannot be asked: the others end by themselves, and that
 * must not hide how the attempt ended.
 */
export async function listedJobs(
  { operator, observer, salt }: StepRunLaunch,
  { key, state }: AfterJob,
): Promise<readonly FoundJob<JobHandle>[]> {
  if (!numbersItsCreates(operator) || state.creates.length < 2) return []
  try {
    const jobs = await atPoint('4.find', key, () => jobsOf(operator.service, attemptToken({ ...key, salt })))
    return jobs.filter(({ fingerprint }) => fingerprint === (state.intent as Intent | undefined)?.fingerprint)
  } catch (error) {
    const message = `other jobs of the attempt, which run no user code, could not be looked for: ${messageOf(error)}`
    observer.report(key, { type: 'warning', message })
    return []
  }
}

/** Whether the job that the attempt has a handle of is the one with this nonce. */
export function isHandleOf(nonce: string, jobs: readonly FoundJob<JobHandle>[], state: AttemptState): boolean {
  return jobs.some((job) => job.nonce === nonce && job.handle.id === handleIdOf(state))
}

/** Cancels the jobs of a decided attempt that nobody watched: they have nothing to do. */
export async function cancelOthers(
  { operator }: StepRunLaunch,
  jobs: readonly FoundJob<JobHandle>[],
  { state, record, nonce }: AfterJob & { readonly nonce: string | undefined },
): Promise<void> {
  if (!numbersItsCreates(operator)) return
  const others = jobs.filter((job) => job.handle.id !== handleIdOf(state) && job.nonce !== nonce)
  await cancelIdle(others, { service: operator.service, record })
}

function handleIdOf({ handle }: AttemptState): string | undefined {
  return (handle as HandleRecord<JobHandle> | undefined)?.handle.id
}
