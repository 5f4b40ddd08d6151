import { defineFlavor, type ComponentRef, type Flavor } from '@sidestep/core/flavor'

import type { DockerBuilderConfig } from './engine/docker-builder-config.ts'

const described: Flavor<'image_builder', DockerBuilderConfig> = defineFlavor({
  type: 'image_builder',
  flavor: 'docker',
  summary: 'Images for which something has to run: Dockerfiles, apt, pip',
  configSchema: async () => (await import('./engine/schemas.ts')).dockerBuilderConfigSchema,
  load: async () => (await import('./engine/docker-image-builder.ts')).DockerImageBuilder,
})

/** The image builder `docker`. */
export interface DockerBuilderFlavor extends Flavor<'image_builder', DockerBuilderConfig> {
  (config?: DockerBuilderConfig): ComponentRef<'image_builder'>
}

/** Builds environments with an engine, Docker or Podman, and puts the code on top without it. */
export const docker: DockerBuilderFlavor = Object.assign(
  (config: DockerBuilderConfig = {}) => described(config),
  described,
)
