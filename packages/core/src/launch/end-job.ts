import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import { messageOf, SidestepError } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { AttemptRecord } from '../journal/attempt-record.ts'
import { isTakenOver } from '../journal/launcher.ts'
import type { JobHandle, JobService } from '../operator/job-service.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import type { CancelPolicy } from '../step/policies.ts'
import { formatDuration } from '../units.ts'
import { backoffMs } from '../watch/backoff.ts'
import type { Deadline } from '../watch/budgets.ts'
import type { Watcher } from '../watch/watcher.ts'
import { noteEnding, type EndingRecord } from './ending-record.ts'
import { detachedError } from './launch-error.ts'
import { policyFor, stopCauseOf } from './stop-request.ts'

/** Why the job is being ended. */
export interface Ending {
  readonly kind: EndingRecord['kind']
  readonly reason: string
  readonly policy: CancelPolicy
}

export function endingFor(reason: unknown, info: StepRunInfo): Ending {
  return { kind: 'stopped', reason: messageOf(reason), policy: policyFor(stopCauseOf(reason), info.config.cancel) }
}

export function endingAfter({ budget, limitMs }: Deadline, info: StepRunInfo): Ending {
  const reason = `its ${budget} timeout of ${formatDuration(limitMs)} has passed`
  return { kind: 'timeout', reason, policy: policyFor('timeout', info.config.cancel) }
}

export function endingWithoutHeartbeat(silentMs: number, info: StepRunInfo): Ending {
  const reason = `its heartbeat stopped ${formatDuration(silentMs)} ago, while the provider says that it runs`
  return { kind: 'infra', reason, policy: policyFor('heartbeat', info.config.cancel) }
}

/** A job that is to end, and what asking for it takes. */
export interface JobToCancel<Handle extends JobHandle> {
  readonly handle: Handle
  readonly name: AttemptKey
  readonly why: Pick<Ending, 'kind' | 'reason'>
  readonly store: ArtifactStore
  readonly record: Pick<AttemptRecord, 'checkOwner'>
  readonly service: JobService<any, any, Handle, any>
  readonly watcher: Watcher<Handle>
  readonly clock: Clock
  readonly random: () => number
  /** Aborts where nobody waits for the job any more: it is not asked again. */
  readonly over: AbortSignal
  readonly warn: (message: string) => void
}

/**
 * Asks until the provider took the request. The stop itself shows in what is observed. Rejects with `RUN_TAKEN_OVER`
 * where the job belongs to another launcher meanwhile: it is left alone.
 */
export async function cancelJob<Handle extends JobHandle>(job: JobToCancel<Handle>): Promise<void> {
  const { handle, name, record, service, watcher, clock, random, over, warn } = job
  let noted = false
  await atPoint('7.cancel', name, async () => {
    for (let n = 0; !over.aborted; n += 1) {
      try {
        await record.checkOwner()
        if (!noted) await note(job)
        noted = true
        return await service.cancel(handle, { signal: AbortSignal.timeout(service.createTimeoutMs) })
      } catch (error) {
        if (isTakenOver(error)) throw error
        if (SidestepError.isInstance(error) && error.kind !== 'infra') {
          const message = `its job could not be cancelled and was left running: ${handle.id}: ${error.message}`
          throw detachedError(error.kind, message, { handle, cause: error })
        }
        if (n === 2) warn(`the job could not be cancelled yet: ${messageOf(error)}`)
        await clock.sleep(backoffMs(n, { firstMs: 250, longestMs: 30_000, random }))
      }
    }
  })
  watcher.hurry(handle)
}

/** A store that stays away keeps no job from being ended. */
async function note<Handle extends JobHandle>({
  name,
  why: { kind, reason },
  store,
  service,
  clock,
  warn,
}: JobToCancel<Handle>): Promise<void> {
  const signal = AbortSignal.timeout(service.createTimeoutMs)
  try {
    await noteEnding(name, { kind, reason, at: clock.date().toISOString() }, { store, signal })
  } catch (error) {
    warn(`it could not be noted why its job is ended: ${messageOf(error)}`)
  }
}

/** For the policies that do not wait for the job's end. */
export async function leave(handle: JobHandle, ending: Ending, cancelling: Promise<void> | undefined): Promise<never> {
  await cancelling
  const what = ending.policy === 'detach' ? 'left running' : 'asked to stop and not waited for'
  throw detachedError(ending.kind, `${ending.reason}; its job was ${what}: ${handle.id}`, { handle })
}
