import type { ArtifactStore } from '@sidestep/core'

import { SoundStore, type SoundStoreConfig } from './sound-store.ts'

/** Opens the store of a job. */
export function openArtifactStore(jobConfig: object): ArtifactStore {
  return new SoundStore(jobConfig as SoundStoreConfig)
}
