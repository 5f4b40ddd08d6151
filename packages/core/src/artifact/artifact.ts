import { internalsOf, markAsArtifact, type Artifact, type ArtifactInternals, type value } from './artifact-reference.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { loadValue } from './load-value.ts'
import type { StoredValue } from './stored-value.ts'

// What recognizes an artifact stands in a file of its own: the materializers need it, and reading one needs them.
export { internalsOf, isArtifact, type Artifact, type ArtifactInternals } from './artifact-reference.ts'

class StoreArtifact<T> implements Artifact<T> {
  declare readonly [value]: T
  readonly uri: string

  constructor(internals: ArtifactInternals) {
    this.uri = `${internals.store.uri}/${internals.stored.key}`
    markAsArtifact(this, internals)
  }

  async value(): Promise<T> {
    const { stored, store } = internalsOf(this)
    return (await loadValue(stored, { store })) as T
  }
}

/** A reference to a value that lies in the store. */
export function createArtifact<T>(stored: StoredValue, store: ArtifactStore): Artifact<T> {
  return new StoreArtifact<T>({ stored, store })
}
