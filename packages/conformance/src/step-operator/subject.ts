import type { BaseStepOperator, Stack } from '@sidestep/core'

import type { Place } from '../place.ts'

/** An operator in its stack, as the checks have it: a new place for every check. */
export interface StepOperatorSubject {
  readonly place: Place
  /** The stack, and the operator in it, as a new process would have them. Each call makes new components. */
  readonly open: () => Promise<{ readonly stack: Stack; readonly operator: BaseStepOperator<any, any> }>
}
