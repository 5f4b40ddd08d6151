import type { Phase, Stack } from '@sidestep/core'

import type { Place } from '../place.ts'
import type { TestFunction } from '../test-function.ts'

/** A provider's words for where a job is, and what the operator makes of them. */
export interface ProviderStates {
  /** Every member of the SDK's enum. */
  readonly values: readonly string[]
  /** The operator's own table, as it uses it. */
  readonly phaseOf: (value: string) => Phase
}

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
}

/**
 * Gives the runner one test for everything that must hold of a step operator: what it declares must work, what it does not
 * declare must be refused. There is nothing to skip.
 */
export function stepOperatorConformance(_options: StepOperatorConformanceOptions): void {
  throw new Error('not there yet')
}
