import type { BaseStepOperator } from '@sidestep/core'

/** Under which a step has its settings for this operator. */
export function settingsKeyOf(operator: BaseStepOperator<any, any>): `step_operator.${string}` {
  const { FLAVOR = '' } = operator.constructor as { readonly FLAVOR?: string }
  return `step_operator.${FLAVOR}`
}
