import type { ArtifactStore } from '@sidestep/core'

import type { Place } from '../place.ts'
import type { TestFunction } from '../test-function.ts'

/** What the suite needs to know. */
export interface ArtifactStoreConformanceOptions {
  /** `test` of the runner. */
  readonly test: TestFunction
  /** An empty store, or the one of this place again, as another process has it: each call makes a new instance. */
  readonly create: (place: Place) => ArtifactStore | Promise<ArtifactStore>
}

/** Gives the runner one test for everything that must hold of an artifact store. */
export function artifactStoreConformance(_options: ArtifactStoreConformanceOptions): void {
  throw new Error('not there yet')
}
