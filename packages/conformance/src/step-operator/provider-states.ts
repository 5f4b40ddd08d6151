import type { Phase } from '@sidestep/core'

/** A provider's words for where a job is, and what the operator makes of them. */
export interface ProviderStates {
  /** Every member of the SDK's enum. */
  readonly values: readonly string[]
  /**
   * The operator's own table, as it uses it. `'ended'`: nothing follows, and how it ended is said by something else, such
   * as an exit code.
   */
  readonly phaseOf: (value: string) => Phase | 'ended'
  /** Those of the values that nothing follows: written from the provider's documentation, and not from the table. */
  readonly ends: readonly string[]
  /** Those of the ends that are a success whatever else is known. Empty where only an exit code tells. */
  readonly successes: readonly string[]
}
