import { randomBytes } from 'node:crypto'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import { messageOf, SidestepError } from '../errors.ts'
import { atPoint } from '../events.ts'
import { isTakenOver } from '../journal/launcher.ts'
import type { AttemptRecord, CreateRecord } from '../journal/attempt-record.ts'
import type { FoundJob, JobHandle, JobLabels, JobService } from '../operator/job-service.ts'
import { backoffMs } from '../watch/backoff.ts'
import { readAttemptOwner } from './decide.ts'
import { cancelIdle, jobsOf, listedAfterMs } from './find-job.ts'
import type { Intent } from './intent.ts'
import { launchError } from './launch-error.ts'
import { throwIfTakenOver } from './stop-request.ts'

/** Create calls of one launch whose answer was lost, before the attempt is given up. */
const MOST_CREATES = 4
/** Tries of one look for a job that may be there. */
const MOST_FINDS = 6

export interface SubmitAttempt<Request extends object, Handle extends JobHandle> {
  readonly service: JobService<any, Request, Handle, any>
  readonly intent: Intent<Request>
  readonly labels: JobLabels & AttemptKey
  readonly secrets: Readonly<Record<string, string>>
  readonly record: AttemptRecord
  readonly store: ArtifactStore
  /** Create calls that an earlier launcher recorded. */
  readonly creates: readonly CreateRecord[]
  /** Ends the tries: a create in flight is never aborted, and no further one is sent. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: () => number
}

/** A job, and when it was created as far as this machine knows. */
export interface Submitted<Handle extends JobHandle> {
  readonly handle: Handle
  readonly createdAt: Date
  /** The same by this process's monotonic clock, where this process created it. */
  readonly createdAtMs?: number
}

/** A create call whose answer was lost. */
interface LostCreate {
  readonly create: CreateRecord
  /** By this process's monotonic clock, where this process sent it. */
  readonly sentAtMs?: number
}

/**
 * Creates the attempt's job, or finds it. Every create call has its own nonce, recorded before it is sent; after a
 * lost answer the job is looked for before anything is created again.
 */
export async function submitAttempt<Request extends object, Handle extends JobHandle>(
  options: SubmitAttempt<Request, Handle>,
): Promise<Submitted<Handle>> {
  const { service, record, labels, clock, random, signal } = options
  const creates = [...options.creates]
  const earlier = creates.at(-1)
  let last: LostCreate | undefined = earlier === undefined ? undefined : { create: earlier }
  let failure: unknown
  for (let lost = 0; ; lost += 1) {
    if (last !== undefined) {
      const found = (await lookUp(options)) ?? (await lookUpLater(last, options))
      if (found !== undefined) {
        const create = creates.find(({ nonce }) => nonce === found.nonce) ?? last.create
        return { handle: found.handle, createdAt: sentAt(create, service) }
      }
    }
    throwIfTakenOver(signal)
    if (signal.aborted) throw launchError('stopped', 'stopped before its job was created', { cause: signal.reason })
    if (lost === MOST_CREATES) {
      const message = `the job could not be created: ${messageOf(failure)}`
      throw launchError('infra', message, { code: 'LAUNCH_FAILED', cause: failure })
    }
    if (lost > 0) await pause(backoffMs(lost - 1, { firstMs: 250, longestMs: 10_000, random }), options)
    await untilStopped(service.turn?.(labels, { signal }), signal)
    if (signal.aborted) continue
    const create = newCreate((last?.create.n ?? 0) + 1, options)
    await atPoint('3.create-record', labels, () => record.create(create))
    creates.push(create)
    const sentAtMs = clock.now()
    last = { create, sentAtMs }
    try {
      const handle = await atPoint('4.submit', labels, () => send(options, create))
      return { handle, createdAt: sentAt(create, service), createdAtMs: sentAtMs }
    } catch (error) {
      if (isDefinite(error)) throw error
      failure = error
    }
  }
}

/** When a create call was sent, by the clock of the launcher that did. */
export function sentAt(
  { deadline }: CreateRecord,
  { createTimeoutMs }: Pick<JobService<any, any, any, any>, 'createTimeoutMs'>,
): Date {
  return new Date(Date.parse(deadline) - createTimeoutMs)
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
  { create, sentAtMs }: LostCreate,
  options: SubmitAttempt<Request, Handle>,
): Promise<FoundJob<Handle> | undefined> {
  const { service, clock } = options
  if (service.secondCreateAfterMs === undefined) return undefined
  const longestMs = listedAfterMs(service)
  const sinceMs =
    sentAtMs === undefined ? clock.date().getTime() - sentAt(create, service).getTime() : clock.now() - sentAtMs
  // The clock of the other launcher may have been wrong: never longer than if the create was sent just now.
  const leftMs = Math.min(longestMs - sinceMs, longestMs)
  if (leftMs > 0) await pause(leftMs, options)
  return lookUp(options)
}

/** A stop cuts it short. */
async function pause(
  milliseconds: number,
  { clock, signal }: Pick<SubmitAttempt<object, JobHandle>, 'clock' | 'signal'>,
): Promise<void> {
  await untilStopped(clock.sleep(milliseconds, { signal }), signal)
}

async function untilStopped(waiting: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  await waiting?.catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

async function send<Request extends object, Handle extends JobHandle>(
  { service, intent, labels, secrets, record }: SubmitAttempt<Request, Handle>,
  create: CreateRecord,
): Promise<Handle> {
  // A process can be stopped for hours between the record of a create and the call.
  await record.checkOwner()
  return service.submit(intent.request, {
    labels,
    nonce: create.nonce,
    fingerprint: intent.fingerprint,
    secrets,
    signal: AbortSignal.timeout(service.createTimeoutMs),
  })
}

/**
 * The attempt's job: of several, the one that has taken the attempt, and the others are cancelled. Where none has yet,
 * any of them will do: once it is over, the attempt is given up, or it is known who has taken it.
 */
async function lookUp<Request extends object, Handle extends JobHandle>(
  options: SubmitAttempt<Request, Handle>,
): Promise<FoundJob<Handle> | undefined> {
  const { service, intent, labels, record, store } = options
  const jobs = await atPoint('4.find', labels, () => listed(options))
  const ours = jobs.filter(({ fingerprint }) => fingerprint === intent.fingerprint)
  const [first] = ours
  if (first === undefined && jobs[0] !== undefined) throw notPrepared(jobs[0])
  if (ours.length < 2) return first
  const owner = await readAttemptOwner(labels, store)
  const found = ours.find(({ nonce }) => owner !== undefined && !('closed' in owner) && nonce === owner.nonce)
  if (found === undefined) return first
  const idle = ours.filter((job) => job !== found)
  await cancelIdle(idle, { service, record })
  return found
}

function notPrepared({ handle }: FoundJob<JobHandle>): SidestepError {
  return new SidestepError(`a job ${handle.id} has this attempt's name and is not the one that was prepared`, {
    code: 'LAUNCH_CONFLICT',
    kind: 'infra',
    hint: 'Somebody else made it. Remove it, or start a new run.',
  })
}

/** A provider that gives no answer is asked again a few times: whether there is a job decides about the attempt. */
async function listed<Request extends object, Handle extends JobHandle>({
  service,
  labels,
  clock,
  random,
}: SubmitAttempt<Request, Handle>): Promise<readonly FoundJob<Handle>[]> {
  for (let n = 0; ; n += 1) {
    try {
      return await jobsOf(service, labels.token)
    } catch (error) {
      if (isDefinite(error) || n === MOST_FINDS - 1) throw error
      await clock.sleep(backoffMs(n, { firstMs: 250, longestMs: 10_000, random }))
    }
  }
}

/** Whether an error says for certain that no job came of the call. `infra` is what may be a lost answer. */
function isDefinite(error: unknown): boolean {
  return SidestepError.isInstance(error) && (error.kind !== 'infra' || isTakenOver(error))
}
