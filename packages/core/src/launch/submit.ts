import { randomBytes } from 'node:crypto'

import type { Clock } from '../clock.ts'
import { messageOf, SidestepError } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { AttemptRecord, CreateRecord } from '../journal/attempt-record.ts'
import type { FoundJob, JobHandle, JobLabels, JobService } from '../operator/job-service.ts'
import { backoffMs } from '../watch/backoff.ts'
import type { Intent } from './intent.ts'
import { launchError } from './launch-error.ts'

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
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Creates the attempt's job, or finds it. Every create call has its own nonce, recorded before it is sent; after a
 * lost answer the job is looked for before anything is created again.
 */
export async function submitAttempt<Request extends object, Handle extends JobHandle>(
  options: SubmitAttempt<Request, Handle>,
): Promise<Handle> {
  const { service, record, labels, clock, random } = options
  let n = options.creates.length
  if (n > 0) {
    const found = await lookUp(options)
    if (found !== undefined) return found
  }
  for (let lost = 0; ; lost += 1) {
    n += 1
    const create: CreateRecord = {
      n,
      nonce: randomBytes(16).toString('hex'),
      deadline: new Date(clock.date().getTime() + service.createTimeoutMs).toISOString(),
    }
    await atPoint('3.create-record', labels, () => record.create(create))
    try {
      return await atPoint('4.submit', labels, () => send(options, create))
    } catch (error) {
      if (isDefinite(error)) throw error
      const found = await lookUp(options)
      if (found !== undefined) return found
      if (lost + 1 >= MOST_CREATES) {
        throw launchError('infra', `the job could not be created: ${messageOf(error)}`, {
          code: 'LAUNCH_FAILED',
          cause: error,
        })
      }
      await clock.sleep(backoffMs(lost, { firstMs: 250, longestMs: 10_000, random }))
    }
  }
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

async function lookUp<Request extends object, Handle extends JobHandle>({
  service,
  intent,
  labels,
}: SubmitAttempt<Request, Handle>): Promise<Handle | undefined> {
  const found = await atPoint('4.find', labels, () => firstOf(service, labels.token))
  if (found === undefined || found.fingerprint === intent.fingerprint) return found?.handle
  throw new SidestepError(`a job ${found.handle.id} has this attempt's name and is not the one that was prepared`, {
    code: 'LAUNCH_CONFLICT',
    kind: 'infra',
    hint: 'Somebody else made it. Remove it, or start a new run.',
  })
}

async function firstOf<Request extends object, Handle extends JobHandle>(
  service: JobService<any, Request, Handle, any>,
  token: string,
): Promise<FoundJob<Handle> | undefined> {
  const signal = AbortSignal.timeout(service.createTimeoutMs)
  for await (const job of service.find({ token }, { signal })) return job
  return undefined
}

/** Whether an error says for certain that no job came of the call. `infra` is what may be a lost answer. */
function isDefinite(error: unknown): boolean {
  return SidestepError.isInstance(error) && error.kind !== 'infra'
}
