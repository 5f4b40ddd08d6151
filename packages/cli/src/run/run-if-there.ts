import { codeOf, type Runs, type RunSummary } from '@sidestep/core'

/** A run of the project; `undefined` where there is none of that id. */
export async function runIfThere(runs: Runs, runId: string): Promise<RunSummary | undefined> {
  try {
    return await runs.find(runId)
  } catch (error) {
    if (codeOf(error) === 'RUN_UNKNOWN') return undefined
    throw error
  }
}
