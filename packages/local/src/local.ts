import { defineFlavor, homeFolder, type Flavor } from '@sidestep/core/flavor'

import type { LocalConfig } from './local-config.ts'
import { ownFile } from './own-file.ts'

/** Runs steps as processes of this machine, each with an environment of its own. */
export const local: Flavor<'step_operator', LocalConfig> = defineFlavor({
  type: 'step_operator',
  flavor: 'local',
  summary: 'Processes of this machine',
  complete: (config) => ({ ...config, home: config.home ?? homeFolder() }),
  configSchema: async () => (await import('./operator/schemas.ts')).localConfigSchema,
  settingsSchema: async () => (await import('./operator/schemas.ts')).localSettingsSchema,
  // Asked for where a job is bundled: in a job, there may be no such file.
  get runtime() {
    return ownFile('runtime')
  },
  load: async () => (await import('./operator/local-step-operator.ts')).LocalStepOperator,
})
