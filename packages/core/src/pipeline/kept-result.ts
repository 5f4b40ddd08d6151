import { specKey } from '../artifact/layout.ts'
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

/** Whether an earlier launcher began what is not finished of a step run. */
export async function wasBegun(stepRunId: string, { runId, store, launcher, spent }: OpenRun): Promise<boolean> {
  if (launcher.n === 1) return false
  const attempt = 1 + (spent.get(stepRunId) ?? 0)
  return (await store.stat(specKey({ runId, stepRunId, attempt }))) !== undefined
}
