import type { Duration } from '@sidestep/core'

/** Configuration of the step operator `local`. */
export interface LocalConfig {
  /** Absolute path of the folder for jobs, locks and environments. Default: the project's `.sidestep`. */
  readonly home?: string
  /**
   * `'enforce'`, the default: more than this machine has is refused, and a job above its `memory` is ended. `'ignore'`
   * runs every step, whatever it asks for.
   */
  readonly resources?: 'enforce' | 'ignore'
  /** How long a job may go on after it was told to stop. Default: 10 seconds. */
  readonly stopGrace?: Duration
}

/** A step's `settings['step_operator.local']`: there is nothing to set. */
export type LocalSettings = Readonly<Record<string, never>>
