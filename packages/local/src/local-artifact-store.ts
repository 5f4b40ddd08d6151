import { join } from 'node:path'

import { defineFlavor, homeFolder, type Flavor } from '@sidestep/core/flavor'

import { ownFile } from './own-file.ts'

/** Configuration of the artifact store `local`. */
export interface LocalArtifactStoreConfig {
  /** Absolute path of the folder. Default: `store` in the project's `.sidestep`. */
  readonly path?: string
}

/** Keeps artifacts in a folder of this machine. */
export const localArtifactStore: Flavor<'artifact_store', LocalArtifactStoreConfig> = defineFlavor({
  type: 'artifact_store',
  flavor: 'local',
  summary: 'A folder of this machine',
  complete: (config) => ({ ...config, path: config.path ?? join(homeFolder(), 'store') }),
  configSchema: async () => (await import('./store/schemas.ts')).localArtifactStoreConfigSchema,
  get runtime() {
    return ownFile('runtime')
  },
  load: async () => (await import('./store/local-artifact-store.ts')).LocalArtifactStore,
})
