import { defineFlavor, type Flavor } from '@sidestep/core/flavor'

import { environmentRegion } from './aws/environment-region.ts'
import { ownRuntime } from './own-runtime.ts'
import type { SagemakerConfig, SagemakerSettings } from './sagemaker-config.ts'

declare module '@sidestep/core' {
  interface StepSettings {
    /** Of a step on the operator `sagemaker`. */
    'step_operator.sagemaker'?: SagemakerSettings
  }
}

/** Runs steps as training jobs of Amazon SageMaker. */
export const sagemaker: Flavor<'step_operator', SagemakerConfig> = defineFlavor({
  type: 'step_operator',
  flavor: 'sagemaker',
  summary: 'Training jobs of Amazon SageMaker',
  complete: (config) => ({ ...environmentRegion(), ...config }),
  configSchema: async () => (await import('./config/sagemaker-schemas.ts')).sagemakerConfigSchema,
  settingsSchema: async () => (await import('./config/sagemaker-schemas.ts')).sagemakerSettingsSchema,
  // Asked for where a job is bundled: in a job, there may be no such file.
  get runtime() {
    return ownRuntime()
  },
  load: async () => (await import('./operator/sagemaker-step-operator.ts')).SagemakerStepOperator,
})
