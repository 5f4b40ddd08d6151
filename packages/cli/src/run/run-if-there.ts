import { codeOf, type Runs, type RunSummary } from '@sidestep/core'

/** A run of the project; `undefined` where there is none of that id. */
export async function runIfThere(runs: Runs, runId: string): Promise<RunSummary | undefined> {
  try {
    // It takes the beginning of an id, too.
    const run = await runs.find(runId)
    return run.runId === runId ? run : undefined
  } catch (error) {
    if (codeOf(error) === 'RUN_UNKNOWN') return undefined
    throw error
  }
}
