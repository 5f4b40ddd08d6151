import { defineFlavor, type Flavor } from '@sidestep/core'
import { local } from '@sidestep/local'

import type { CloudConfig } from './cloud-service.ts'

/** Local jobs of a provider whose creates make a new job each time, and show late. */
export const cloud: Flavor<'step_operator', CloudConfig> = defineFlavor({
  type: 'step_operator',
  flavor: 'cloud',
  configSchema: async () => ({
    '~standard': { version: 1, vendor: 'matrix', validate: (value: unknown) => ({ value }) },
  }),
  get runtime() {
    return local({}).runtime ?? ''
  },
  load: async () => (await import('./cloud-operator-class.ts')).CloudStepOperator,
})
