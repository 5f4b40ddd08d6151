import { configError } from '../errors.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { flavorOf } from '../stack/component.ts'

/** Refuses what a step asks for and an operator does not declare. */
export function checkCapabilities(operator: BaseStepOperator<any, any>, info: StepRunInfo): void {
  const { resources } = operator.capabilities
  const asked = Object.keys(info.config.resourceSettings) as (typeof resources)[number][]
  const refused = asked.filter((name) => info.config.resourceSettings[name] !== undefined && !resources.includes(name))
  if (refused.length === 0) return
  throw configError(
    'RESOURCES_UNAVAILABLE',
    `the step ${info.stepName} asks for resources.${refused.join(', resources.')}, which the step operator ${flavorOf(operator)} cannot honor`,
    resources.length === 0 ? 'It honors none.' : `It honors: ${resources.join(', ')}.`,
  )
}
