import { configError, formatDuration } from '@sidestep/core'

import type { ResolvedSagemakerSettings } from '../config/resolved-config.ts'

/** When SageMaker itself ends a job. */
export interface StoppingCondition {
  readonly MaxRuntimeInSeconds: number
  readonly MaxWaitTimeInSeconds?: number
  readonly MaxPendingTimeInSeconds?: number
}

/** 28 days: the documentation of StoppingCondition. */
const LONGEST_RUN_SECONDS = 28 * 86_400
/**
 * The quota "Longest run time for a training job" of an account that has asked for no more: a create that asks for longer is refused. The API's
 * own default of one day would end steps that may run for longer.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-feature-processor-quotas.html
 */
const USUAL_QUOTA_SECONDS = 432_000
/**
 * Core ends a step whose time is over, and SageMaker only where no launcher is left. Its count begins before the step's: with the
 * download of the image.
 */
const MARGIN_SECONDS = 15 * 60

/** Throws `CONFIG_INVALID` where the times do not go together. Pure. */
export function stoppingCondition(
  { useSpot = false, maxWait, maxPending }: Pick<ResolvedSagemakerSettings, 'useSpot' | 'maxWait' | 'maxPending'>,
  { runMs, queueMs }: { readonly runMs?: number | undefined; readonly queueMs?: number | undefined },
  stepName: string,
): StoppingCondition {
  if (runMs !== undefined && secondsOf(runMs) > LONGEST_RUN_SECONDS) {
    throw configError(
      'CONFIG_INVALID',
      `timeouts.run of the step ${stepName} is ${formatDuration(runMs)}, and a training job runs for at most 28 days`,
      'Shorten it, or divide the step.',
    )
  }
  const longest = runMs === undefined ? USUAL_QUOTA_SECONDS : withMargin(secondsOf(runMs))
  const pending = maxPending === undefined ? {} : { MaxPendingTimeInSeconds: secondsOf(maxPending) }
  if (!useSpot) return { MaxRuntimeInSeconds: longest, ...pending }
  if (maxWait === undefined) {
    const wait = longest + (queueMs === undefined ? 0 : secondsOf(queueMs))
    return { MaxRuntimeInSeconds: longest, MaxWaitTimeInSeconds: wait, ...pending }
  }
  const wait = secondsOf(maxWait)
  if (runMs !== undefined && wait < secondsOf(runMs)) {
    throw configError(
      'CONFIG_INVALID',
      `settings.maxWait of the step ${stepName} is ${formatDuration(maxWait)}, less than its timeouts.run of ${formatDuration(runMs)}`,
      'It counts waiting and running together: make it longer, or timeouts.run shorter.',
    )
  }
  return { MaxRuntimeInSeconds: Math.min(longest, wait), MaxWaitTimeInSeconds: wait, ...pending }
}

/** Throws `CONFIG_INVALID` where a request that `extra` has changed asks for a longer run than there is. Pure. */
export function checkRuntime(
  { StoppingCondition: condition }: { readonly [member: string]: unknown },
  stepName: string,
): void {
  const { MaxRuntimeInSeconds: seconds } = (condition ?? {}) as Partial<StoppingCondition>
  if (typeof seconds !== 'number' || seconds <= LONGEST_RUN_SECONDS) return
  throw configError(
    'CONFIG_INVALID',
    `StoppingCondition.MaxRuntimeInSeconds of the step ${stepName} is ${seconds}, and a training job runs for at most 28 days, ${LONGEST_RUN_SECONDS} seconds`,
    'Correct it in settings.extra, or leave it to timeouts.run of the step.',
  )
}

/** A margin takes no step over a limit that its own time keeps. */
function withMargin(runSeconds: number): number {
  const limit = runSeconds <= USUAL_QUOTA_SECONDS ? USUAL_QUOTA_SECONDS : LONGEST_RUN_SECONDS
  return Math.min(runSeconds + MARGIN_SECONDS, limit)
}

function secondsOf(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000)
}
