import type { SuccessManifest } from '../artifact/manifest.ts'
import { readResult } from '../entrypoint/ownership.ts'
import type { OpenRun } from './open-run.ts'

/** What a step run left before this launcher came, where it succeeded: nothing of it runs again. */
export async function keptResult(stepRunId: string, run: OpenRun): Promise<SuccessManifest | undefined> {
  const { runId, store, launcher, spent } = run
  if (launcher.n === 1) return undefined
  for (let attempt = 1 + (spent.get(stepRunId) ?? 0); ; attempt += 1) {
    const result = await readResult({ runId, stepRunId, attempt }, store)
    if (result === undefined) return undefined
    if (result.status === 'succeeded') return result
  }
}
