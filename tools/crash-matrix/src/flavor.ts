import type { OperatorUnderTest } from './operator-under-test.ts'
import type { Scenario } from './scenario.ts'

/** What the matrix needs to know of an operator. The driver is the same for all of them. */
export interface MatrixFlavor extends OperatorUnderTest {
  /** Stacks of the project that are whole, to run on. `undefined` is the stack `default`. */
  readonly stacks: readonly (string | undefined)[]
  /** Its own stacks in place of those that scenarios name. */
  readonly insteadOf: Readonly<Record<string, string>>
  /** Scenarios that this operator cannot have, and why not. */
  readonly without: Readonly<Record<string, string>>
  /** Scenarios that only this operator has. */
  readonly scenarios: readonly Scenario[]
  /** Ends what the flavor itself has started. */
  close(): Promise<void>
}

/** Thrown where an operator has nothing to run on here; the message says what is missing. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun'
}
