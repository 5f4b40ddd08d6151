import type { LaunchPoint } from '@sidestep/core'

import type { Trial } from './trial.ts'

/** One way to hurt a run. It draws all its numbers before it waits for anything, so that they depend on the seed alone. */
export interface Scenario {
  readonly name: string
  /** For `--help`. */
  readonly summary: string
  /** The stack of the project that it needs. Absent: any of the flavor's. */
  readonly stack?: string
  /** Throws `TrialEnded` where it cannot go on. */
  run(trial: Trial, dealt: Dealt): Promise<void>
}

/** What the matrix deals to a trial in turn, so that nothing is left out. */
export interface Dealt {
  readonly point: LaunchPoint
}
