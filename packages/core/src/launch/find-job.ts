import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { resultKey, type AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import { SidestepError } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { AttemptRecord } from '../journal/attempt-record.ts'
import type { FoundJob, JobHandle, JobService } from '../operator/job-service.ts'
import { backoffMs } from '../watch/backoff.ts'
import { DEAD_AFTER_MS, Pulse } from '../watch/pulse.ts'
import { detachedError, undecidedError } from './launch-error.ts'
import { throwIfTakenOver } from './stop-request.ts'

const LONGEST_WAIT_MS = 30_000

export interface OwnerSearch<Handle extends JobHandle> {
  readonly service: JobService<any, any, Handle, any>
  readonly key: AttemptKey
  readonly token: string
  /** Of the job that has taken the attempt. */
  readonly ownerNonce: string
  readonly record: Pick<AttemptRecord, 'checkOwner'>
  readonly store: ArtifactStore
  readonly clock: Clock
  readonly random: () => number
  /** After it has aborted, the search goes on for as long as a job may take to be listed. */
  readonly signal: AbortSignal
}

/** All jobs of an attempt that the provider knows. */
export async function jobsOf<Handle extends JobHandle>(
  service: JobService<any, any, Handle, any>,
  token: string,
): Promise<readonly FoundJob<Handle>[]> {
  const jobs: FoundJob<Handle>[] = []
  const signal = AbortSignal.timeout(service.createTimeoutMs)
  for await (const job of service.find({ token }, { signal })) jobs.push(job)
  return jobs
}

/**
 * The job that has taken an attempt; or why there is none to look for any more: the attempt is `decided`, or the job is
 * `lost`: it is not found, and its heartbeat has stopped.
 */
export type OwnerFound<Handle extends JobHandle> = { readonly handle: Handle } | { readonly over: 'decided' | 'lost' }

/**
 * Looks until the job is found that has taken the attempt, or is over. What else was created for the attempt has nothing
 * to do: it is cancelled.
 */
export async function findOwner<Handle extends JobHandle>(search: OwnerSearch<Handle>): Promise<OwnerFound<Handle>> {
  const { service, key, token, ownerNonce, record, store, clock, random, signal } = search
  const pulse = new Pulse(key, { store, clock, lookEveryMs: LONGEST_WAIT_MS })
  let stoppedAt: number | undefined
  for (let n = 0; ; n += 1) {
    const jobs = await listed(search)
    const owner = jobs.find(({ nonce }) => nonce === ownerNonce)
    if (owner !== undefined) {
      const idle = jobs.filter((job) => job !== owner)
      await cancelIdle(idle, { service, record })
      return { handle: owner.handle }
    }
    if ((await store.stat(resultKey(key))) !== undefined) return { over: 'decided' }
    await pulse.look()
    if (pulse.silentMs >= DEAD_AFTER_MS) return { over: 'lost' }
    throwIfTakenOver(signal)
    if (signal.aborted) stoppedAt ??= clock.now()
    if (stoppedAt !== undefined && clock.now() - stoppedAt >= listedAfterMs(service)) {
      const message = 'stopped, and its job, which is alive, was not found yet: it was left running'
      throw detachedError('stopped', message, { handle: { token, nonce: ownerNonce } })
    }
    const waitMs = backoffMs(n, { firstMs: 500, longestMs: LONGEST_WAIT_MS, random })
    await (signal.aborted ? clock.sleep(waitMs) : clock.sleep(waitMs, { signal })).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}

/**
 * Asks for the end of jobs that run no user code. One that cannot be cancelled ends by itself when it finds that its
 * attempt is taken or decided.
 */
export async function cancelIdle<Handle extends JobHandle>(
  jobs: readonly FoundJob<Handle>[],
  {
    service,
    record,
  }: { readonly service: JobService<any, any, Handle, any>; readonly record: Pick<AttemptRecord, 'checkOwner'> },
): Promise<void> {
  if (jobs.length === 0) return
  await record.checkOwner()
  const limit = AbortSignal.timeout(service.createTimeoutMs)
  await Promise.allSettled(jobs.map(({ handle }) => service.cancel(handle, { signal: limit })))
}

/** A provider that gives no answer is asked again; one that refuses to answer leaves the job to itself. */
async function listed<Handle extends JobHandle>({
  service,
  key,
  token,
  ownerNonce,
}: OwnerSearch<Handle>): Promise<readonly FoundJob<Handle>[]> {
  try {
    return await atPoint('4.find', key, () => jobsOf(service, token))
  } catch (error) {
    if (!SidestepError.isInstance(error) || error.kind === 'infra') return []
    const message = `its job, which is alive, could not be looked for and was left running: ${error.message}`
    throw undecidedError(error.kind, message, { handle: { token, nonce: ownerNonce }, cause: error })
  }
}

/** After a create whose answer was lost, its job can be found so much later at the latest, in milliseconds. */
export function listedAfterMs({
  createTimeoutMs,
  secondCreateAfterMs = 0,
}: Pick<JobService<any, any, any, any>, 'createTimeoutMs' | 'secondCreateAfterMs'>): number {
  return createTimeoutMs + secondCreateAfterMs
}
