import { formatDuration, SidestepError, type LaunchContext, type StepRunInfo } from '@sidestep/core'

import { checkResources } from './check-resources.ts'
import type { DockerStepSettings } from './docker-config.ts'
import type { DockerJobService } from './docker-job-service.ts'
import { hasImage, pullImage } from './pull-image.ts'

/** Between two reports of a pull's progress, in milliseconds. */
const REPORT_EVERY_MS = 2_000
/** The longest that a timer takes, in milliseconds: more is no time at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Lets the engine get the image of a step that has no container yet. It happens before the create call, which is not to be
 * aborted: a pull takes minutes, shows as `provisioning`, and ends when the step is to stop or its budget is used up.
 */
export async function provideImage(
  service: DockerJobService,
  info: StepRunInfo,
  settings: DockerStepSettings,
  { signal, report }: Pick<LaunchContext, 'signal'> & { readonly report: LaunchContext['report'] },
): Promise<void> {
  const { image, config, stepName } = info
  if (image === undefined) return
  const limitMs = Math.min(config.timeouts.queueMs ?? Infinity, config.timeouts.totalMs ?? Infinity)
  const limit = limitMs === Infinity ? undefined : AbortSignal.timeout(Math.min(limitMs, LONGEST_TIMER_MS))
  const until = limit === undefined ? signal : AbortSignal.any([signal, limit])
  const tell = (providerState: string): void =>
    report({ type: 'observed', observation: { phase: 'provisioning', providerState, at: new Date().toISOString() } })
  try {
    if (await hasImage(service.client, image, until)) return
    // What cannot run is not worth the wait.
    checkResources(info, settings, await service.facts(info, { signal: until }))
    let toldAt = performance.now()
    tell('pulling')
    await pullImage(service.client, image, {
      signal: until,
      login: await service.logins.loginFor(image, until),
      onProgress: (part) => {
        if (performance.now() - toldAt < REPORT_EVERY_MS) return
        toldAt = performance.now()
        tell(`pulling ${Math.floor(part * 100)} %`)
      },
    })
  } catch (error) {
    if (signal.aborted) throw stopped(signal.reason)
    if (limit?.aborted !== true) throw error
    throw new SidestepError(`the image of the step ${stepName} was not there after ${formatDuration(limitMs)}`, {
      code: 'STEP_TIMEOUT',
      kind: 'timeout',
      hint: 'Raise `timeouts.queue` of the step, or pull the image beforehand.',
      cause: error,
    })
  }
}

function stopped(cause: unknown): SidestepError {
  return new SidestepError('stopped while its image was pulled', { code: 'STEP_STOPPED', kind: 'stopped', cause })
}
