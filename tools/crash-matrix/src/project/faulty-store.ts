import { fileURLToPath } from 'node:url'

import { defineFlavor, type Flavor } from '@sidestep/core'

import type { FaultyStoreConfig } from './faulty-store-class.ts'

/** A local artifact store that the driver can make fail, and whose guarantees can be taken away. */
export const faultyStore: Flavor<'artifact_store', FaultyStoreConfig> = defineFlavor({
  type: 'artifact_store',
  flavor: 'faulty',
  configSchema: async () => ({
    '~standard': { version: 1, vendor: 'matrix', validate: (value: unknown) => ({ value }) },
  }),
  runtime: fileURLToPath(new URL('faulty-store-runtime.ts', import.meta.url)),
  load: async () => (await import('./faulty-store-class.ts')).FaultyStore,
})
