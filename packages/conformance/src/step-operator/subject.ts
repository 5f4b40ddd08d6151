import type { BaseStepOperator, Stack } from '@sidestep/core'

import type { Place } from '../place.ts'
import type { GoingRuns } from './going-runs.ts'
import type { ProviderStates } from './provider-states.ts'

/** The components of one process: of what they have in memory, no other process knows. */
export interface Opened {
  /** As it was made. Its components are loaded. */
  readonly stack: Stack
  /** The one that the stack's steps run on: the very instance that the stack has. */
  readonly operator: BaseStepOperator<any, any>
}

/** An operator in its stack, as the checks have it: a new place for every check. */
export interface StepOperatorSubject {
  readonly place: Place
  /** The stack, and the operator in it, as a new process would have them. Each call makes new components. */
  readonly open: () => Promise<Opened>
  /** Of operators whose provider has states. */
  readonly states?: ProviderStates
  /** Of operators with credentials that expire: makes those that components have got up to now invalid. */
  readonly expireCredentials?: () => Promise<void>
  /** By how much everything may take longer than on a machine of our own. At least 1. */
  readonly timeoutFactor: number
  /** When runs of the check must have ended, as `Date.now()` tells it: then there is still time to say why one has not. */
  readonly until: number
  /** The runs of the check that go on. */
  readonly runs: GoingRuns
}
