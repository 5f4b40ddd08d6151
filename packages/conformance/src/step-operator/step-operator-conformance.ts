import type { Stack } from '@sidestep/core'

import { checkOptions } from '../check-options.ts'
import { giveChecks } from '../give-checks.ts'
import type { Place } from '../place.ts'
import type { TestFunction } from '../test-function.ts'
import { checkedFactor } from '../timeout-factor.ts'
import { prepared } from './prepared.ts'
import type { ProviderStates } from './provider-states.ts'
import type { Provoke } from './provoked.ts'
import { subjectOf } from './subject-of.ts'
import { checks } from './topics.ts'

/** What the suite needs to know. */
export interface StepOperatorConformanceOptions {
  /** `test` of the runner. */
  readonly test: TestFunction
  /**
   * A stack with the operator under test as its only one, or its default. Called several times in a check, as by several
   * processes: each call makes new components, which find what earlier ones left in the place.
   */
  readonly create: (place: Place) => Stack | Promise<Stack>
  /** `settings['step_operator.<flavor>']` of every step of the suite: what the operator cannot do without. Default: none. */
  readonly settings?: object
  /**
   * More settings that are valid: with each of these keys in the place of its own, prepare() must make another request. To be
   * given, like the three below, by operators over a `JobService`; `'none'`: steps can set nothing.
   */
  readonly otherSettings?: object | 'none'
  /** What the operator makes of its provider's words. `'none'`: the provider has no states. */
  readonly states?: ProviderStates | 'none'
  /**
   * Makes the credentials that components have got up to now invalid, as an hour does. What they get from then on is valid.
   * `'none'`: there are no credentials that expire.
   */
  readonly expireCredentials?: ((place: Place) => void | Promise<void>) | 'none'
  /** What the provider can be made to do. `'none'`: nothing of it can be. */
  readonly provoke?: Provoke | 'none'
  /**
   * For providers that need minutes for what a process of this machine needs seconds for: all limits of time are multiplied
   * by it. At least 1; throws a `TypeError` for anything else. Default: 1.
   */
  readonly timeoutFactor?: number
}

const OPTIONS = {
  test: { is: 'a function' },
  create: { is: 'a function' },
  settings: { is: 'an object', optional: true },
  otherSettings: { is: "an object, or 'none'", optional: true },
  states: { is: "an object, or 'none'", optional: true },
  expireCredentials: { is: "a function, or 'none'", optional: true },
  provoke: { is: "an object, or 'none'", optional: true },
  timeoutFactor: { is: 'a number', optional: true },
} as const

/**
 * Gives the runner one test for everything that must hold of a step operator: what it declares must work, what it does not
 * declare must be refused. There is nothing to skip. While a check runs, `SIDESTEP_HOME` is the folder of its place.
 */
export function stepOperatorConformance(given: StepOperatorConformanceOptions): void {
  checkOptions('stepOperatorConformance', given, OPTIONS)
  const { test, ...options } = given
  const timeoutFactor = checkedFactor(options.timeoutFactor)
  giveChecks({
    test,
    name: 'step operator',
    checks: checks.map((check) => prepared(check, timeoutFactor)),
    subjectOf: (place) => subjectOf(place, options),
  })
}
