import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { JobHandle, JobService } from '../operator/job-service.ts'

const BRAND = Symbol.for('sidestep.job-step-operator@1')

/** An operator over a `JobService`, of any loaded copy of this package. */
export type JobOperator = BaseStepOperator<any, any> & { readonly service: JobService<any, any, JobHandle, any> }

/** Marks an operator that records each of its create calls, with a nonce of its own, before it is sent. */
export function markNumbersItsCreates(operator: BaseStepOperator<any, any>): void {
  Object.defineProperty(operator, BRAND, { value: true })
}

/** True for job step operators of any loaded copy of this package. */
export function numbersItsCreates(operator: BaseStepOperator<any, any>): operator is JobOperator {
  return BRAND in operator
}
