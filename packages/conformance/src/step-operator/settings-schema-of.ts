import type { BaseStepOperator } from '@sidestep/core'

/** Any Standard Schema. */
export type SettingsSchema = NonNullable<(typeof BaseStepOperator)['SETTINGS_SCHEMA']>

/** By which an operator checks the settings of steps. `undefined` for one that takes them as they are. */
export function settingsSchemaOf(operator: BaseStepOperator<any, any>): SettingsSchema | undefined {
  return operator.settingsSchema ?? (operator.constructor as typeof BaseStepOperator).SETTINGS_SCHEMA
}
