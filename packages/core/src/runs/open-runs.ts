import type { Clock } from '../clock.ts'
import type { Runs } from './runs.ts'

export interface OpenRunsOptions {
  /** Where the project is looked for. Default: the working directory. */
  readonly cwd?: string
  /** Files or file URLs from which packages of Sidestep are looked for last. */
  readonly packagesFrom?: readonly string[]
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * Opens the journal of a project's home folder (`SIDESTEP_HOME`, else its `.sidestep`), to look at runs and act on them.
 * Rejects with `JOURNAL_FAILED` where it cannot be used.
 */
export async function openRuns(options: OpenRunsOptions = {}): Promise<Runs> {
  // A pipeline that only runs needs none of it.
  const { HomeRuns } = await import('./home-runs.ts')
  return HomeRuns.open(options)
}
