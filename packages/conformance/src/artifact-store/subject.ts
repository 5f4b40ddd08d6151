import type { ArtifactStore } from '@sidestep/core'

import type { Place } from '../place.ts'
import type { Check } from '../test-function.ts'

/** An artifact store, as the checks have it: a new place for every check. */
export interface ArtifactStoreSubject {
  readonly place: Place
  /** Texts that must be nowhere to be seen. */
  readonly secrets: readonly string[]
  /** By how much everything may take longer than against a simulator. At least 1. */
  readonly timeoutFactor: number
  /** The store of this place, as another process has it: each call makes a new instance. */
  readonly open: () => Promise<ArtifactStore>
  /** The store of another place, whose name begins with that of this one. */
  readonly openNeighbour: () => Promise<ArtifactStore>
  /** Those that give no definite answer, by what is wrong. */
  readonly unreachable: Readonly<Record<string, () => Promise<ArtifactStore>>>
  /** The store of this place, over a connection that breaks off in the middle of longer bodies. Absent: it has none. */
  readonly openCutShort?: () => Promise<ArtifactStore>
  /** As a job opens it. */
  readonly openInJob: (jobConfig: object) => Promise<ArtifactStore>
}

/** A check of artifact stores. */
export type StoreCheck = Check<ArtifactStoreSubject>
