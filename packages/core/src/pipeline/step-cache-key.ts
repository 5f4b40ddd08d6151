import { join } from 'node:path'

import type { Bundle } from '../bundle/bundle-module.ts'
import { sourcesReachableFrom } from '../bundle/reachable.ts'
import { resolveLock } from '../environment/lock.ts'
import { configError } from '../errors.ts'
import { cacheKeyOf } from './cache.ts'
import { requirementsOf } from './requirements.ts'
import { stepRunInfo } from './step-run-info.ts'
import type { StepWork } from './step-work.ts'

/**
 * The key of a call in the cache. Rejects with `CONFIG_INVALID` where the sources of the step are not known, and with what
 * the image builder does where the step's image cannot be told.
 */
export async function cacheKeyFor({ definition, config, call, run }: StepWork): Promise<string> {
  const { home, projectFolder, signal, events, clock } = run
  const { file, name } = definition
  if (file === undefined) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${name} has a cache, and the file that defines it is not known`,
      'Define it in a file of its own.',
    )
  }
  const bundle = await run.bundle.made({ stepRunId: call.stepRunId, attempt: 1 })
  const requirements = requirementsOf(config, bundle)
  const onSilence = (message: string): void =>
    events.publish({ type: 'warning', at: clock.date().toISOString(), stepName: name, message })
  const lock =
    requirements.length === 0
      ? undefined
      : await resolveLock(requirements, { projectFolder, folder: join(home, 'locks'), signal, onSilence })
  return cacheKeyOf({
    definition,
    config,
    sources: sourcesReachableFrom(bundle, file),
    lockSha256: lock?.sha256,
    imageKey: await imageKeyOf({ definition, config, call, run }, bundle),
    filesSha256: call.body.kind === 'command' ? call.body.files?.sha256 : undefined,
    inputDigest: call.inputDigest,
  })
}

/** Of a step whose operator runs images. */
async function imageKeyOf(
  { definition, config, call, run }: Omit<StepWork, 'times'>,
  bundle: Bundle,
): Promise<string | undefined> {
  if (config.stepOperator === undefined) return undefined
  const operator = await run.operators.get(config.stepOperator)
  if (operator.capabilities.image !== 'required') return undefined
  const { runId, pipeline, store, projectFolder } = run
  const { stepRunId } = call
  const info = stepRunInfo({ runId, stepRunId, pipeline, definition, config, bundle, store, projectFolder })
  return run.images.environmentKey(info, operator)
}
