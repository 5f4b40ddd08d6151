import { specKey } from '../artifact/layout.ts'
import type { SuccessManifest } from '../artifact/manifest.ts'
import { readResult } from '../entrypoint/ownership.ts'
import { firstAttemptOf, type OpenRun } from './open-run.ts'

/** What a step run left before this launcher came, where it succeeded: nothing of it runs again. */
export async function keptResult(stepRunId: string, run: OpenRun): Promise<SuccessManifest | undefined> {
  const { runId, store, launcher } = run
  if (launcher.n === 1) return undefined
  for (let attempt = firstAttemptOf(stepRunId, run); ; attempt += 1) {
    const result = await readResult({ runId, stepRunId, attempt }, store)
    if (result === undefined) return undefined
    if (result.status === 'succeeded') return result
  }
}

/** Whether an earlier launcher began what is not finished of a step run. */
export async function wasBegun(stepRunId: string, run: OpenRun): Promise<boolean> {
  const { runId, store, launcher } = run
  if (launcher.n === 1) return false
  const attempt = firstAttemptOf(stepRunId, run)
  return (await store.stat(specKey({ runId, stepRunId, attempt }))) !== undefined
}
