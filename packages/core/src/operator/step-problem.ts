import type { ErrorCode } from '../errors.ts'
import type { Problem } from '../stack/component.ts'

/** Why a step cannot be launched as it is. */
export interface StepProblem extends Problem {
  readonly code: ErrorCode
}
