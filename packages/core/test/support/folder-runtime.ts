import type { ArtifactStore } from '../../src/artifact/artifact-store.ts'
import { FolderStore } from './folder-store.ts'

/** The runtime module of {@link FolderStore}, as a flavor has one. */
export function openArtifactStore(jobConfig: object): ArtifactStore {
  return new FolderStore(jobConfig as { readonly folder: string })
}
