import type { BaseStepOperator, Stack } from '@sidestep/core'

import type { Place } from '../place.ts'
import type { GoingRuns } from './going-runs.ts'
import type { ProviderStates } from './provider-states.ts'
import type { Provoke } from './provoked.ts'

/** The components of one process: of what they have in memory, no other process knows. */
export interface Opened {
  /** As it was made. Its components are loaded. */
  readonly stack: Stack
  /** The one that the stack's steps run on: the very instance that the stack has. */
  readonly operator: BaseStepOperator<any, any>
}

/** What only the implementer knows. `'none'`: there is nothing of it. */
export interface Given {
  /** Of every step. */
  readonly settings?: object | undefined
  /** More settings that are valid. */
  readonly otherSettings?: object | 'none' | undefined
  /** What the operator makes of its provider's words. */
  readonly states?: ProviderStates | 'none' | undefined
  /** Makes the credentials that components have got up to now invalid. */
  readonly expireCredentials?: ((place: Place) => void | Promise<void>) | 'none' | undefined
  /** What the provider can be made to do. */
  readonly provoke?: Provoke | 'none' | undefined
}

/** An operator in its stack, as the checks have it: a new place for every check. */
export interface StepOperatorSubject {
  readonly place: Place
  /** The stack, and the operator in it, as a new process would have them. Each call makes new components. */
  readonly open: () => Promise<Opened>
  /** What the implementer says beside: absent what was not said. */
  readonly given: Given
  /** By how much everything may take longer than on a machine of our own. At least 1. */
  readonly timeoutFactor: number
  /** When runs of the check must have ended, as `Date.now()` tells it: then there is still time to say why one has not. */
  readonly until: number
  /** The runs of the check that go on. */
  readonly runs: GoingRuns
}
