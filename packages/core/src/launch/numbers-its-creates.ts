import type { BaseStepOperator } from '../operator/base-step-operator.ts'

const BRAND = Symbol.for('sidestep.job-step-operator@1')

/** Marks an operator that records each of its create calls, with a nonce of its own, before it is sent. */
export function markNumbersItsCreates(operator: BaseStepOperator<any, any>): void {
  Object.defineProperty(operator, BRAND, { value: true })
}

/** True for job step operators of any loaded copy of this package. */
export function numbersItsCreates(operator: BaseStepOperator<any, any>): boolean {
  return BRAND in operator
}
