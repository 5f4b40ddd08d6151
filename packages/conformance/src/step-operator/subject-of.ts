import { BaseStepOperator, type Stack } from '@sidestep/core'

import { hold } from '../hold.ts'
import type { Place } from '../place.ts'
import { GoingRuns } from './going-runs.ts'
import type { ProviderStates } from './provider-states.ts'
import type { Opened, StepOperatorSubject } from './subject.ts'

/** What an implementer gives, less what is for the runner. */
export interface SubjectOptions {
  /** Makes a stack with new components. */
  readonly create: (place: Place) => Stack | Promise<Stack>
  /** Of operators whose provider has states. */
  readonly states?: ProviderStates | undefined
  /** Makes the credentials that components have got up to now invalid. */
  readonly expireCredentials?: ((place: Place) => void | Promise<void>) | undefined
  /** Default: 1. */
  readonly timeoutFactor?: number | undefined
}

/** What an implementer gives to the suite, as the checks have it. */
export function subjectOf(
  place: Place,
  { create, states, expireCredentials, timeoutFactor = 1 }: SubjectOptions,
): StepOperatorSubject {
  const open = async (): Promise<Opened> => {
    const stack = await create(place)
    const operator = await stack.stepOperator(true)
    hold(BaseStepOperator.isStepOperator(operator), {
      seen: `the default step operator of the stack ${stack.name} does not extend BaseStepOperator`,
      must: 'create() returns a stack with the operator under test as its only one, or its default',
      mend: 'Give the stack an instance of the operator, or what its flavor returns.',
    })
    return { stack, operator }
  }
  const [until, runs] = [Number.POSITIVE_INFINITY, new GoingRuns()]
  return {
    place,
    open,
    timeoutFactor,
    until,
    runs,
    ...(states === undefined ? {} : { states }),
    ...(expireCredentials === undefined ? {} : { expireCredentials: async () => expireCredentials(place) }),
  }
}
