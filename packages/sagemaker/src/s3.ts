import { defineFlavor, type Flavor } from '@sidestep/core/flavor'

import { environmentRegion } from './aws/environment-region.ts'
import { ownRuntime } from './own-runtime.ts'
import type { S3Config } from './store/s3-config.ts'

/** Keeps artifacts in a bucket of Amazon S3, or of what speaks its protocol and has conditional writes. */
export const s3: Flavor<'artifact_store', S3Config> = defineFlavor({
  type: 'artifact_store',
  flavor: 's3',
  summary: 'A bucket of Amazon S3',
  complete: (config) => ({ ...environmentRegion(), ...config }),
  configSchema: async () => (await import('./store/s3-config-schema.ts')).s3ConfigSchema,
  // Asked for where a job is bundled: in a job, there may be no such file.
  get runtime() {
    return ownRuntime()
  },
  load: async () => (await import('./store/s3-artifact-store.ts')).S3ArtifactStore,
})
