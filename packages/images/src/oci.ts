import { defineFlavor, type ComponentRef, type Flavor } from '@sidestep/core/flavor'

import type { OciConfig } from './oci/oci-config.ts'

const described: Flavor<'image_builder', OciConfig> = defineFlavor({
  type: 'image_builder',
  flavor: 'oci',
  summary: 'Images without a daemon',
  configSchema: async () => (await import('./oci/schemas.ts')).ociConfigSchema,
  load: async () => (await import('./builder/oci-image-builder.ts')).OciImageBuilder,
})

/** The image builder `oci`. */
export interface OciFlavor extends Flavor<'image_builder', OciConfig> {
  (config?: OciConfig): ComponentRef<'image_builder'>
}

/** Makes images without a daemon: layers on top of a base, pushed to the stack's container registry. */
export const oci: OciFlavor = Object.assign((config: OciConfig = {}) => described(config), described)
