import type { Stack } from '@sidestep/core'
import { registeredSteps, StackValidator, type Problem, type Project } from '@sidestep/core/project'
import { sanitizeText } from '../view/sanitize.ts'

type StepDefinition = ReturnType<typeof registeredSteps>[number]

/**
 * What is wrong with any step that has an operator, as lines to print before the run starts: else the second step's
 * mistake is told when the first one has run. Only warnings, because a step may never be called. Never rejects: what is
 * wrong with the stack itself, the run says.
 *
 * @param stack absent: the project's active one
 */
export async function stepWarnings(project: Project, stack: Stack | undefined): Promise<readonly string[]> {
  const remote = registeredSteps().filter(({ config }) => config.stepOperator !== undefined)
  if (remote.length === 0) return []
  try {
    return linesOf(await problemsOf(remote, { project, stack: stack ?? (await activeStack(project)) }))
  } catch {
    return []
  }
}

/**
 * Rejects with `STACK_INVALID` where a step has an operator that cannot be used: else a run is made that can only fail.
 * And with what is wrong with the stack as a whole, where it cannot be made.
 *
 * @param stack absent: the project's active one
 */
export async function requireOperators(project: Project, stack: Stack | undefined): Promise<void> {
  const remote = registeredSteps().filter(({ config }) => config.stepOperator !== undefined)
  if (remote.length === 0) return
  await new StackValidator(stack ?? (await activeStack(project))).requireOperators(remote)
}

interface StepProblems {
  readonly name: string
  readonly problems: readonly Problem[]
}

async function problemsOf(
  steps: readonly StepDefinition[],
  { project, stack }: { readonly project: Project; readonly stack: Stack },
): Promise<readonly StepProblems[]> {
  const validator = new StackValidator(stack, await flavorsFor(steps, { project, stack }))
  return Promise.all(steps.map(async (step) => ({ name: step.name, problems: await validator.validateStep(step) })))
}

async function activeStack(project: Project): Promise<Stack> {
  return project.stack((await project.activeStack()).name)
}

/** Every flavor that the project can use; they are listed only where a step has settings of one that the stack has not. */
async function flavorsFor(
  steps: readonly StepDefinition[],
  { project, stack }: { readonly project: Project; readonly stack: Stack },
): Promise<{ readonly knownFlavors?: readonly string[] }> {
  const there = stack.parts().map(({ type, flavor }) => `${type}.${flavor}`)
  const asked = steps.flatMap(({ config }) => Object.keys(config.settings ?? {}))
  if (asked.every((key) => there.includes(key))) return {}
  return { knownFlavors: (await project.registry()).list('step_operator').map(({ flavor }) => flavor) }
}

/** What is wrong with several steps alike, such as an operator that does not load, is said once. */
function linesOf(found: readonly StepProblems[]): readonly string[] {
  const steps = new Map<string, string[]>()
  const hints = new Map<string, string>()
  for (const { name, problems } of found) {
    for (const { message, hint } of problems) {
      steps.set(message, [...(steps.get(message) ?? []), name])
      hints.set(message, hint)
    }
  }
  return [...steps].flatMap(([message, names]) => {
    const whose = names.every((name) => message.includes(`the step ${name}`)) ? '' : `${stepsWords(names)}: `
    const text = `warning: ${whose}${message}\nhint: ${hints.get(message) ?? ''}`
    return sanitizeText(text)
      .split('\n')
      .map((line, index) => (index === 0 ? line : `  ${line}`))
  })
}

function stepsWords(names: readonly string[]): string {
  return names.length === 1 ? `the step ${names.join('')}` : `the steps ${names.join(', ')}`
}
