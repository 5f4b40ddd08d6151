import { randomBytes } from 'node:crypto'

import type { Clock } from '../clock.ts'
import { messageOf, SidestepError } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { AttemptRecord, CreateRecord } from '../journal/attempt-record.ts'
import type { FoundJob, JobHandle, JobLabels, JobService } from '../operator/job-service.ts'
import { backoffMs } from '../watch/backoff.ts'
import type { Intent } from './intent.ts'
import { detachedError, launchError } from './launch-error.ts'

/** Create calls of one launch whose answer was lost, before the attempt is given up. */
const MOST_CREATES = 4

export interface SubmitAttempt<Request extends object, Handle extends JobHandle> {
  readonly service: JobService<any, Request, Handle, any>
  readonly intent: Intent<Request>
  readonly labels: JobLabels
  readonly secrets: Readonly<Record<string, string>>
  readonly record: AttemptRecord
  /** Create calls that an earlier launcher recorded. */
  readonly creates: readonly CreateRecord[]
  /** Of the job that has taken the attempt, where that is known. */
  readonly ownerNonce: string | undefined
  /** Only ends the search for a job that has taken the attempt: a create in flight is never aborted. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: () => number
}

/** A job, and when it was created as far as this machine knows. */
export interface Submitted<Handle extends JobHandle> {
  readonly handle: Handle
  readonly createdAt: Date
}

/**
 * Creates the attempt's job, or finds it. Every create call has its own nonce, recorded before it is sent; after a
 * lost answer the job is looked for before anything is created again.
 */
export async function submitAttempt<Request extends object, Handle extends JobHandle>(
  options: SubmitAttempt<Request, Handle>,
): Promise<Submitted<Handle>> {
  const { service, record, labels, clock, random, creates, ownerNonce } = options
  const sent = (create: CreateRecord): Date => new Date(Date.parse(create.deadline) - service.createTimeoutMs)
  if (ownerNonce !== undefined) return { handle: await findOwner(options, ownerNonce), createdAt: clock.date() }
  let last = creates.at(-1)
  let failure: unknown
  for (let lost = 0; ; lost += 1) {
    if (last !== undefined) {
      const found = (await lookUp(options)) ?? (await lookUpLater(last, options))
      if (found !== undefined) return { handle: found.handle, createdAt: sent(last) }
    }
    if (lost === MOST_CREATES) {
      const message = `the job could not be created: ${messageOf(failure)}`
      throw launchError('infra', message, { code: 'LAUNCH_FAILED', cause: failure })
    }
    if (lost > 0) await clock.sleep(backoffMs(lost - 1, { firstMs: 250, longestMs: 10_000, random }))
    const create = newCreate((last?.n ?? 0) + 1, options)
    await atPoint('3.create-record', labels, () => record.create(create))
    last = create
    try {
      return { handle: await atPoint('4.submit', labels, () => send(options, create)), createdAt: sent(create) }
    } catch (error) {
      if (isDefinite(error)) throw error
      failure = error
    }
  }
}

function newCreate<Request extends object, Handle extends JobHandle>(
  n: number,
  { clock, service }: SubmitAttempt<Request, Handle>,
): CreateRecord {
  const deadline = new Date(clock.date().getTime() + service.createTimeoutMs).toISOString()
  return { n, nonce: randomBytes(16).toString('hex'), deadline }
}

/** Where creating twice makes two jobs: waits until the job of an earlier create would show, and looks again. */
async function lookUpLater<Request extends object, Handle extends JobHandle>(
  { deadline }: CreateRecord,
  options: SubmitAttempt<Request, Handle>,
): Promise<FoundJob<Handle> | undefined> {
  const { service, clock } = options
  if (service.secondCreateAfterMs === undefined) return undefined
  const leftMs = Date.parse(deadline) + service.secondCreateAfterMs - clock.date().getTime()
  if (leftMs > 0) await clock.sleep(leftMs)
  return lookUp(options)
}

async function send<Request extends object, Handle extends JobHandle>(
  { service, intent, labels, secrets }: SubmitAttempt<Request, Handle>,
  create: CreateRecord,
): Promise<Handle> {
  return service.submit(intent.request, {
    labels,
    nonce: create.nonce,
    fingerprint: intent.fingerprint,
    secrets,
    signal: AbortSignal.timeout(service.createTimeoutMs),
  })
}

/** Looks until the job is found that has taken the attempt. What else was created for it has nothing to do: it is cancelled. */
async function findOwner<Request extends object, Handle extends JobHandle>(
  options: SubmitAttempt<Request, Handle>,
  ownerNonce: string,
): Promise<Handle> {
  const { service, labels, clock, random, signal } = options
  for (let n = 0; ; n += 1) {
    const jobs = await atPoint('4.find', labels, () => jobsOf(service, labels.token))
    const owner = jobs.find(({ nonce }) => nonce === ownerNonce)
    if (owner !== undefined) {
      const idle = jobs.filter((job) => job !== owner)
      const limit = AbortSignal.timeout(service.createTimeoutMs)
      await Promise.all(idle.map(({ handle }) => service.cancel(handle, { signal: limit })))
      return owner.handle
    }
    if (signal.aborted) {
      const message = 'stopped, and its job, which is alive, was not found yet: it was left running'
      throw detachedError('stopped', message, { handle: { token: labels.token, nonce: ownerNonce } })
    }
    await clock.sleep(backoffMs(n, { firstMs: 500, longestMs: 30_000, random }), { signal }).catch(() => undefined)
  }
}

async function lookUp<Request extends object, Handle extends JobHandle>({
  service,
  intent,
  labels,
}: SubmitAttempt<Request, Handle>): Promise<FoundJob<Handle> | undefined> {
  const [found] = await atPoint('4.find', labels, () => jobsOf(service, labels.token))
  if (found === undefined || found.fingerprint === intent.fingerprint) return found
  throw new SidestepError(`a job ${found.handle.id} has this attempt's name and is not the one that was prepared`, {
    code: 'LAUNCH_CONFLICT',
    kind: 'infra',
    hint: 'Somebody else made it. Remove it, or start a new run.',
  })
}

async function jobsOf<Request extends object, Handle extends JobHandle>(
  service: JobService<any, Request, Handle, any>,
  token: string,
): Promise<readonly FoundJob<Handle>[]> {
  const jobs: FoundJob<Handle>[] = []
  const signal = AbortSignal.timeout(service.createTimeoutMs)
  for await (const job of service.find({ token }, { signal })) jobs.push(job)
  return jobs
}

/** Whether an error says for certain that no job came of the call. `infra` is what may be a lost answer. */
function isDefinite(error: unknown): boolean {
  return SidestepError.isInstance(error) && error.kind !== 'infra'
}
