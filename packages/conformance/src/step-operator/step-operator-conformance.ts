import type { Stack } from '@sidestep/core'

import { giveChecks } from '../give-checks.ts'
import type { Place } from '../place.ts'
import type { TestFunction } from '../test-function.ts'
import { prepared } from './prepared.ts'
import type { ProviderStates } from './provider-states.ts'
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
  /** Of operators whose provider has states. Absent: there are none. */
  readonly states?: ProviderStates
  /**
   * Of operators with credentials that expire: makes those that its components have got up to now invalid, as an hour does.
   * What they get from then on is valid. Absent: there are none.
   */
  readonly expireCredentials?: (place: Place) => void | Promise<void>
  /**
   * For providers that need minutes for what a process of this machine needs seconds for: all limits of time are multiplied
   * by it. At least 1. Default: 1.
   */
  readonly timeoutFactor?: number
}

/**
 * Gives the runner one test for everything that must hold of a step operator: what it declares must work, what it does not
 * declare must be refused. There is nothing to skip. While a check runs, `SIDESTEP_HOME` is the folder of its place.
 */
export function stepOperatorConformance({ test, ...options }: StepOperatorConformanceOptions): void {
  const { timeoutFactor = 1 } = options
  giveChecks({
    test,
    name: 'step operator',
    checks: checks.map((check) => prepared(check, timeoutFactor)),
    subjectOf: (place) => subjectOf(place, options),
  })
}
