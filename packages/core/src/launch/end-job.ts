import { messageOf, SidestepError } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { JobHandle } from '../operator/job-service.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import type { CancelPolicy } from '../step/policies.ts'
import { formatDuration } from '../units.ts'
import { backoffMs } from '../watch/backoff.ts'
import type { Deadline } from '../watch/budgets.ts'
import { detachedError } from './launch-error.ts'
import { policyFor, stopCauseOf } from './stop-request.ts'
import type { WatchedJob } from './watched-job.ts'

/** Why the job is being ended. */
export interface Ending {
  readonly kind: 'stopped' | 'timeout'
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

/** Asks until the provider took the request. The stop itself shows in what is observed. */
export async function cancelJob<Handle extends JobHandle>({
  handle,
  service,
  info,
  watcher,
  clock,
  random,
  context,
}: WatchedJob<Handle>): Promise<void> {
  await atPoint('7.cancel', info, async () => {
    for (let n = 0; ; n += 1) {
      try {
        return await service.cancel(handle, { signal: AbortSignal.timeout(service.createTimeoutMs) })
      } catch (error) {
        if (SidestepError.isInstance(error) && error.kind !== 'infra') {
          const message = `its job could not be cancelled and was left running: ${handle.id}: ${error.message}`
          throw detachedError(error.kind, message, { handle, cause: error })
        }
        if (n === 2)
          context.report({ type: 'warning', message: `the job could not be cancelled yet: ${messageOf(error)}` })
        await clock.sleep(backoffMs(n, { firstMs: 250, longestMs: 30_000, random }))
      }
    }
  })
  watcher.hurry(handle)
}

/** For the policies that do not wait for the job's end. */
export async function leave(handle: JobHandle, ending: Ending, cancelling: Promise<void> | undefined): Promise<never> {
  await cancelling
  const what = ending.policy === 'detach' ? 'left running' : 'asked to stop and not waited for'
  throw detachedError(ending.kind, `${ending.reason}; its job was ${what}: ${handle.id}`, { handle })
}
