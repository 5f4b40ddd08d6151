import type { BaseStepOperator, JobHandle, JobService } from '@sidestep/core'

/** A port whose own types a check does not know. */
export type AnyJobService = JobService<any, any, JobHandle, any>

/** The port behind an operator that has one; `undefined` for one that has nothing but `launch()`. */
export function jobServiceOf(operator: BaseStepOperator<any, any>): AnyJobService | undefined {
  // Set by JobStepOperator: what else is called `service` is the operator's own affair.
  if (!(Symbol.for('sidestep.job-step-operator@1') in operator)) return undefined
  return (operator as unknown as { readonly service: AnyJobService }).service
}
