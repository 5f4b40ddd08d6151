import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { JobHandle, JobService } from '../operator/job-service.ts'
import { numbersItsCreates } from '../launch/numbers-its-creates.ts'

/** The port behind an operator; `undefined` for one that only has `launch()`, whose jobs nobody else can see. */
export function serviceOf(operator: BaseStepOperator<any, any>): JobService<any, any, JobHandle, any> | undefined {
  if (!numbersItsCreates(operator)) return undefined
  return (operator as unknown as { readonly service: JobService<any, any, JobHandle, any> }).service
}
