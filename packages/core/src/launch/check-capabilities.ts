import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { checkDemands, stepError } from '../operator/step-problems.ts'

/**
 * What an operator is told of a step that it can launch: with its settings as their schema gives them. Rejects with one
 * `config` error that names everything that the step asks for and the operator does not declare.
 *
 * @param flavors of the stack's step operators. Absent: names of settings are not checked
 */
export async function checkCapabilities(
  operator: BaseStepOperator<any, any>,
  info: StepRunInfo,
  flavors: readonly string[] = [],
): Promise<StepRunInfo> {
  const { stepName, config } = info
  const demands = { stepName, resources: config.resourceSettings, settings: config.settings }
  const { settings, problems } = await checkDemands(demands, operator, { inStack: flavors })
  if (problems.length > 0) throw stepError(stepName, problems)
  return { ...info, config: { ...config, settings } }
}
