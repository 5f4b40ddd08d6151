import type { ArtifactStore } from '@sidestep/core'

import { FaultyStore, type FaultyStoreConfig } from './faulty-store-class.ts'

/** Opens the store in a job. */
export function openArtifactStore(jobConfig: object): ArtifactStore {
  return new FaultyStore(jobConfig as FaultyStoreConfig)
}
