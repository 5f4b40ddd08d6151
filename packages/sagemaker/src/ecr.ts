import { defineFlavor, type Flavor } from '@sidestep/core/flavor'

import { environmentRegion } from './aws/environment-region.ts'
import type { EcrConfig } from './registry/ecr-config.ts'
import { parseEcrUri } from './registry/ecr-uri.ts'

/** Keeps images in repositories of Amazon ECR, which it makes as they are needed. */
export const ecr: Flavor<'container_registry', EcrConfig> = defineFlavor({
  type: 'container_registry',
  flavor: 'ecr',
  summary: 'Repositories of Amazon ECR',
  // The registry's name says its region; a simulator's does not.
  complete: (config) =>
    parseEcrUri(config.uri)?.region === undefined ? { ...environmentRegion(), ...config } : config,
  configSchema: async () => (await import('./registry/ecr-config-schema.ts')).ecrConfigSchema,
  load: async () => (await import('./registry/ecr-container-registry.ts')).EcrContainerRegistry,
})
