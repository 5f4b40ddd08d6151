import { configError, messageOf, SidestepError } from '../errors.ts'
import { flavorOf } from '../stack/component.ts'
import type { Stack, StackPart } from '../stack/stack.ts'
import type { StepDefinition } from '../step/definition.ts'
import type { ResourceSettings } from '../step/step-config.ts'
import type { BaseStepOperator } from './base-step-operator.ts'
import { operatorShapeProblems } from './operator-shape.ts'
import type { StepProblem } from './step-problem.ts'
import { parseSettings, settingNameProblems, type SettingNames, type Settings } from './step-settings.ts'

/** The path of the problem that the stack has no operator for a step. */
export const NO_OPERATOR = 'stepOperator'

/** What a step asks of whichever operator it gets. */
export interface StepDemands {
  readonly stepName: string
  readonly resources: ResourceSettings
  readonly settings: Settings
}

/** What a step asks for and its operator cannot do; and the step's settings as the operator gets them. */
export async function checkDemands(
  { stepName, resources, settings }: StepDemands,
  operator: BaseStepOperator<any, any>,
  names: SettingNames,
): Promise<{ readonly settings: Settings; readonly problems: readonly StepProblem[] }> {
  const parsed = await parseSettings(settings, operator, stepName)
  const problems = [
    ...resourceProblems(resources, operator, stepName),
    ...settingNameProblems(settings, names, stepName),
    ...parsed.problems,
  ]
  return { settings: parsed.settings, problems }
}

/** What is wrong with a step on a stack; nothing with one that has no operator. Loads the operator that it means. */
export async function problemsOfStep(
  definition: StepDefinition,
  { stack, knownFlavors }: { readonly stack: Stack; readonly knownFlavors?: readonly string[] | undefined },
): Promise<readonly StepProblem[]> {
  try {
    const { validateStep } = await import('../step/validate-step.ts')
    validateStep(definition)
  } catch (error) {
    return [asProblem(error)]
  }
  const { name, config } = definition
  if (config.stepOperator === undefined) return []
  const settings = Object.fromEntries(Object.entries(config.settings ?? {}).filter(([, value]) => value !== undefined))
  const demands: StepDemands = { stepName: name, resources: config.resources ?? {}, settings: settings as Settings }
  const names = settingNames(stack, knownFlavors)
  let part: StackPart | undefined
  try {
    part = stack.stepOperatorPart(config.stepOperator)
    const operator = await part.load()
    const wrong = operatorShapeProblems(operator, part.path)
    if (wrong.length > 0) return wrong.map((problem) => ({ ...problem, code: 'COMPONENT_INVALID' }))
    return (await checkDemands(demands, operator as BaseStepOperator<any, any>, names)).problems
  } catch (error) {
    const path = part?.path ?? NO_OPERATOR
    return [{ ...asProblem(error), path }, ...settingNameProblems(demands.settings, names, name)]
  }
}

/** Which flavors a step's settings may name on a stack. */
export function settingNames(stack: Stack, known: readonly string[] | undefined): SettingNames {
  const operators = stack.parts().filter(({ type }) => type === 'step_operator')
  return { inStack: operators.map(({ flavor }) => flavor), ...(known === undefined ? {} : { known }) }
}

/** One error that names everything. */
export function stepError(stepName: string, problems: readonly StepProblem[]): SidestepError {
  const [first, ...more] = problems
  const hints = [...new Set(problems.map(({ hint }) => hint))].join('\n')
  if (first === undefined || more.length === 0) {
    return configError(first?.code ?? 'CONFIG_INVALID', first?.message ?? `the step ${stepName} is not right`, hints)
  }
  const lines = problems.map(({ message }) => `  ${message.replaceAll('\n', '\n  ')}`).join('\n')
  const code = more.every((problem) => problem.code === first.code) ? first.code : 'CONFIG_INVALID'
  return configError(code, `the step ${stepName} cannot be launched as it is:\n${lines}`, hints)
}

function resourceProblems(
  asked: ResourceSettings,
  operator: BaseStepOperator<any, any>,
  stepName: string,
): readonly StepProblem[] {
  const { resources, multiNode } = operator.capabilities
  const refused = (Object.keys(asked) as (keyof ResourceSettings)[]).filter((name) => {
    if (name === 'instanceCount') return (asked.instanceCount ?? 1) > 1 && !multiNode
    // None is what every machine has.
    if (name === 'gpuCount') return (asked.gpuCount ?? 0) > 0 && !resources.includes(name)
    return asked[name] !== undefined && !resources.includes(name)
  })
  if (refused.length === 0) return []
  const honored = resources.filter((name) => name !== 'instanceCount' || multiNode)
  const machines = refused.includes('instanceCount') ? ' Each of its jobs has one machine.' : ''
  return [
    {
      code: 'RESOURCES_UNAVAILABLE',
      path: 'resources',
      message: `the step ${stepName} asks for resources.${refused.join(', resources.')}, which the step operator ${flavorOf(operator)} cannot honor`,
      hint: `${honored.length === 0 ? 'It honors none.' : `It honors: ${honored.join(', ')}.`}${machines} Remove it from the step, or use an operator that has it.`,
    },
  ]
}

function asProblem(error: unknown): StepProblem {
  if (!SidestepError.isInstance(error)) {
    return {
      code: 'COMPONENT_INVALID',
      message: `it does not load: ${messageOf(error)}`,
      hint: 'Correct its configuration.',
    }
  }
  return { code: error.code, message: error.message, hint: error.hint ?? 'Correct its configuration.' }
}
