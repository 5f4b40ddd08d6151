import { BaseStepOperator, type Stack } from '@sidestep/core'

import { hold } from '../hold.ts'
import type { Place } from '../place.ts'
import { SETTINGS } from '../steps/settings.ts'
import { GoingRuns } from './going-runs.ts'
import type { ProviderStates } from './provider-states.ts'
import type { Provoke } from './provoked.ts'
import { settingsKeyOf } from './settings-key-of.ts'
import type { Opened, StepOperatorSubject } from './subject.ts'

/** What an implementer gives, less what is for the runner. */
export interface SubjectOptions {
  /** Makes a stack with new components. */
  readonly create: (place: Place) => Stack | Promise<Stack>
  /** Of every step. */
  readonly settings?: object | undefined
  /** More of them that are valid. */
  readonly otherSettings?: object | 'none' | undefined
  /** What the operator makes of its provider's words. */
  readonly states?: ProviderStates | 'none' | undefined
  /** Makes the credentials that components have got up to now invalid. */
  readonly expireCredentials?: ((place: Place) => void | Promise<void>) | 'none' | undefined
  /** What the provider can be made to do. */
  readonly provoke?: Provoke | 'none' | undefined
  /** Default: 1. */
  readonly timeoutFactor?: number | undefined
}

/** What an implementer gives to the suite, as the checks have it. */
export function subjectOf(
  place: Place,
  { create, settings, otherSettings, states, expireCredentials, provoke, timeoutFactor = 1 }: SubjectOptions,
): StepOperatorSubject {
  const open = async (): Promise<Opened> => {
    const stack = await create(place)
    const operator = await stack.stepOperator(true)
    hold(BaseStepOperator.isStepOperator(operator), {
      seen: `the default step operator of the stack ${stack.name} does not extend BaseStepOperator`,
      must: 'create() returns a stack with the operator under test as its only one, or its default',
      mend: 'Give the stack an instance of the operator, or what its flavor returns.',
    })
    if (settings !== undefined) SETTINGS[settingsKeyOf(operator)] = settings
    return { stack, operator }
  }
  const [until, runs] = [Number.POSITIVE_INFINITY, new GoingRuns()]
  return {
    place,
    open,
    timeoutFactor,
    until,
    runs,
    given: { settings, otherSettings, states, expireCredentials, provoke },
  }
}
