import type { ContainerRegistry } from '@sidestep/core'

import type { Place } from '../place.ts'
import type { TestFunction } from '../test-function.ts'

/** What the suite needs to know. */
export interface ContainerRegistryConformanceOptions {
  /** `test` of the runner. */
  readonly test: TestFunction
  /** A registry, as another process has it: each call makes a new instance. */
  readonly create: (place: Place) => ContainerRegistry | Promise<ContainerRegistry>
}

/** Gives the runner one test for everything that must hold of a container registry. */
export function containerRegistryConformance(_options: ContainerRegistryConformanceOptions): void {
  throw new Error('not there yet')
}
