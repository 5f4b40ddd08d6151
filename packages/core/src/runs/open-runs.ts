import type { OpenRunsOptions, Runs } from './runs.ts'

/**
 * Opens the journal of a project's home folder (`SIDESTEP_HOME`, else its `.sidestep`), to look at runs and act on them.
 * Where there is none, none is made until a run is attached. Rejects with `JOURNAL_FAILED` where it cannot be used.
 */
export async function openRuns(options: OpenRunsOptions = {}): Promise<Runs> {
  // A pipeline that only runs needs none of it.
  const { HomeRuns } = await import('./home-runs.ts')
  return HomeRuns.open(options)
}
