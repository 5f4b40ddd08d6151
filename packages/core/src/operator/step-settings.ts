import type { StandardSchemaV1 } from '@standard-schema/spec'
import { distance } from 'fastest-levenshtein'

import { messageOf } from '../errors.ts'
import { configIssues, issueText } from '../flavor/config-issues.ts'
import { LISTED_INTEGRATIONS } from '../flavor/known-integrations.ts'
import { isStandardSchema } from '../flavor/standard-schema.ts'
import { nearestName } from '../nearest-name.ts'
import { flavorOf } from '../stack/component.ts'
import { quoted } from '../stack/component-name.ts'
import { hiderFor } from '../stack/hidden-values.ts'
import type { BaseStepOperator } from './base-step-operator.ts'
import type { StepProblem } from './step-problem.ts'

/** A step's settings, by `step_operator.<flavor>`. */
export type Settings = Readonly<Record<string, object>>

const PREFIX = 'step_operator.'

/** What settings of a flavor are under. */
export function settingsKey(flavor: string): string {
  return `${PREFIX}${flavor}`
}

/** What settings of an operator must be; `undefined` where they are taken as they are. */
export function settingsSchemaOf(operator: BaseStepOperator<any, any>): StandardSchemaV1 | undefined {
  return operator.settingsSchema ?? (operator.constructor as typeof BaseStepOperator).SETTINGS_SCHEMA
}

/**
 * A step's settings with those of the operator's flavor as its schema gives them, so with its defaults; or what is wrong
 * with them.
 */
export async function parseSettings(
  settings: Settings,
  operator: BaseStepOperator<any, any>,
  stepName: string,
): Promise<{ readonly settings: Settings; readonly problems: readonly StepProblem[] }> {
  const schema = settingsSchemaOf(operator)
  if (schema === undefined) return { settings, problems: [] }
  const flavor = flavorOf(operator)
  const key = settingsKey(flavor)
  const path = `settings['${key}']`
  const where = `${path} of the step ${stepName}`
  const given = settings[key] ?? {}
  const damaged = (how: string): readonly StepProblem[] => [
    {
      code: 'COMPONENT_INVALID',
      path,
      message: `${where} cannot be checked: the settings schema of the flavor ${flavor} ${how}`,
      hint: 'Correct the schema, or report this to whoever wrote the flavor.',
    },
  ]
  if (!isStandardSchema(schema)) return { settings, problems: damaged('is no Standard Schema') }
  try {
    const result = await schema['~standard'].validate(given)
    if (result.issues === undefined) return { settings: { ...settings, [key]: result.value as object }, problems: [] }
    const issues = configIssues(result.issues, { schema, config: given, fromEnvironment: new Map() })
    const problems = issues.map((issue) => ({
      code: 'CONFIG_INVALID' as const,
      path,
      message: `${where}: ${issueText(issue)}`,
      hint: `Correct it: these are settings of the flavor ${flavor}.`,
    }))
    return { settings, problems }
  } catch (error) {
    return { settings, problems: damaged(`fails: ${hiderFor(operator).text(messageOf(error))}`) }
  }
}

/** Which flavors settings may name. */
export interface SettingNames {
  /** Flavors of the stack's step operators. */
  readonly inStack: readonly string[]
  /**
   * Others that the project can use. Absent: not known, so a name may be that of another stack's flavor, unless it is
   * nearly that of one of this stack which the step has no settings for.
   */
  readonly known?: readonly string[]
}

/** Steps may have settings of them already; nobody can be told to use them yet. */
const PLANNED: ReadonlySet<string> = new Set(
  LISTED_INTEGRATIONS.filter(({ published }) => !published).flatMap(({ flavors }) =>
    flavors.flatMap(({ type, flavor }) => (type === 'step_operator' ? [flavor] : [])),
  ),
)

/** Settings that no operator would ever read. Expects keys that `validateStep` accepted. */
export function settingNameProblems(
  settings: Settings,
  { inStack, known }: SettingNames,
  stepName: string,
): readonly StepProblem[] {
  const names = Object.keys(settings).map((key) => key.slice(PREFIX.length))
  const all = [...new Set([...inStack, ...(known ?? [])])]
  const isThere = (flavor: string): boolean => inStack.includes(flavor) || !PLANNED.has(flavor)
  return names.flatMap((name): readonly StepProblem[] => {
    if (all.includes(name)) return []
    const misspelt = inStack.find((flavor) => isNearly(name, flavor) && !names.includes(flavor))
    if (known === undefined && misspelt === undefined) return []
    const near = misspelt ?? nearestName(name, all)
    const meant = near === undefined ? '' : `Did you mean ${settingsKey(near)}? `
    const key = quoted(settingsKey(name))
    return [
      {
        code: 'CONFIG_INVALID',
        path: `settings[${key}]`,
        message: `the step ${stepName} has settings of ${key}, and there is no such flavor of step operators`,
        hint: `${meant}There is: ${all.filter(isThere).map(settingsKey).join(', ')}. Settings name the flavor, not the component.`,
      },
    ]
  })
}

/** Nearer than two flavors would be: what is refused for it must be a slip. */
function isNearly(name: string, flavor: string): boolean {
  return distance(name, flavor) <= Math.max(name.length, flavor.length) / 4
}
