import type { Phase } from '@sidestep/core'

/** A provider's words for where a job is, and what the operator makes of them. */
export interface ProviderStates {
  /** Every member of the SDK's enum. */
  readonly values: readonly string[]
  /** The operator's own table, as it uses it. */
  readonly phaseOf: (value: string) => Phase
}
