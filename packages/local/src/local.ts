import { defineFlavor, type Duration, type Flavor } from '@sidestep/core'

import { ownFile } from './own-file.ts'

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

/** Runs steps as processes of this machine, each with an environment of its own. */
export const local: Flavor<'step_operator', LocalConfig> = defineFlavor({
  type: 'step_operator',
  flavor: 'local',
  configSchema: async () => (await import('./operator/schemas.ts')).localConfigSchema,
  // Asked for where a job is bundled: in a job, there may be no such file.
  get runtime() {
    return ownFile('runtime')
  },
  load: async () => (await import('./operator/local-step-operator.ts')).LocalStepOperator,
})
