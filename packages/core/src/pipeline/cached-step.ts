import { randomBytes } from 'node:crypto'

import { encodeJson } from '../artifact/json-object.ts'
import { resultKey, specKey, type AttemptKey } from '../artifact/layout.ts'
import type { SuccessManifest } from '../artifact/manifest.ts'
import { putOnce } from '../artifact/put-once.ts'
import type { CachedOutputs } from './cache.ts'
import { launcherProcess } from './launcher-process.ts'
import { firstAttemptOf } from './open-run.ts'
import type { StepWork } from './step-work.ts'

/**
 * Makes what the cache had the step run's own result: a run that goes on later gets the same, whatever the cache has
 * then. False where somebody else had decided before.
 */
export async function recordCached(outputs: CachedOutputs, { definition, call, run }: StepWork): Promise<boolean> {
  const { runId, pipeline, store, launcher, clock } = run
  const { stepRunId, body } = call
  const key: AttemptKey = { runId, stepRunId, attempt: firstAttemptOf(stepRunId, run) }
  const stepName = definition.name
  const record = run.attempts({ stepName }).attempt(key)
  await putOnce(
    store,
    specKey(key),
    encodeJson({ version: 1, ...key, pipeline, stepName, inProcess: true, cached: true, body }),
  )
  await record.checkOwner()
  const manifest: SuccessManifest = {
    version: 1,
    status: 'succeeded',
    cached: true,
    nonce: randomBytes(16).toString('hex'),
    incarnation: launcher.n,
    finishedAt: clock.date().toISOString(),
    outputs,
    process: launcherProcess(definition.file),
    logs: { chunks: 0, lines: 0 },
  }
  const { won } = await putOnce(store, resultKey(key), encodeJson(manifest))
  if (won) await record.ended({ status: 'succeeded' }, {})
  return won
}
