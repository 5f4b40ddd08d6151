import { defineFlavor, type Flavor } from '@sidestep/core/flavor'

import type { DockerConfig, DockerStepSettings } from './docker/docker-config.ts'
import { defaultEngine } from './docker/docker-host.ts'
import { ownFile } from './own-file.ts'

declare module '@sidestep/core' {
  interface StepSettings {
    /** Of a step on the operator `docker`. */
    'step_operator.docker'?: DockerStepSettings
  }
}

/** Runs steps as containers of a Docker engine, or of Podman. */
export const docker: Flavor<'step_operator', DockerConfig> = defineFlavor({
  type: 'step_operator',
  flavor: 'docker',
  summary: 'Containers of a Docker engine of this machine',
  complete: (config) => ({ ...(config.host === undefined ? defaultEngine() : {}), ...config }),
  configSchema: async () => (await import('./docker/schemas.ts')).dockerConfigSchema,
  settingsSchema: async () => (await import('./docker/schemas.ts')).dockerSettingsSchema,
  // Asked for where a job is bundled: in a job, there may be no such file.
  get runtime() {
    return ownFile('runtime')
  },
  load: async () => (await import('./docker/docker-step-operator.ts')).DockerStepOperator,
})
