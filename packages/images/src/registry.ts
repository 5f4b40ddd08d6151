import { defineFlavor, type Flavor } from '@sidestep/core/flavor'

import type { OciContainerRegistryConfig } from './oci/oci-config.ts'

/** A registry that speaks the OCI distribution API: Docker Hub, GitHub's, one's own. */
export const registry: Flavor<'container_registry', OciContainerRegistryConfig> = defineFlavor({
  type: 'container_registry',
  flavor: 'oci',
  summary: 'Any registry that speaks the OCI distribution API',
  configSchema: async () => (await import('./oci/schemas.ts')).ociContainerRegistryConfigSchema,
  load: async () => (await import('./oci/oci-container-registry.ts')).OciContainerRegistry,
})
