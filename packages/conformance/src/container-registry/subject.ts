import type { ContainerRegistry, RegistryLogin } from '@sidestep/core'

import type { Place } from '../place.ts'
import type { Check } from '../test-function.ts'

/** A container registry, as the checks have it: a new place for every check. */
export interface ContainerRegistrySubject {
  readonly place: Place
  /** The registry of this place, as another process has it: each call makes a new instance. */
  readonly open: () => Promise<ContainerRegistry>
  /** By how much everything may take longer. At least 1. */
  readonly timeoutFactor: number
  /** What Docker's configuration says, where the registry leaves it to that. */
  readonly dockerLogin: RegistryLogin | undefined
}

/** A check of container registries. */
export type RegistryCheck = Check<ContainerRegistrySubject>

/** Of calls that nobody gives up. */
export const never: () => AbortSignal = () => new AbortController().signal
