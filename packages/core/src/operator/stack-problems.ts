import { configError, SidestepError } from '../errors.ts'
import type { Problem } from '../stack/component.ts'
import type { Stack, StackPart } from '../stack/stack.ts'
import type { StepDefinition } from '../step/definition.ts'
import { examinePart, ownProblems, type ExaminedPart } from './examine-part.ts'
import { stackProblems } from './stack-rules.ts'

/** What is wrong with a stack. Loads every part of it. */
export async function problemsOfStack(stack: Stack): Promise<readonly Problem[]> {
  return judged(await Promise.all(stack.parts().map(examinePart)), stack)
}

/**
 * What is wrong with one operator of a stack and with what its jobs reach. Loads no more than that: image builder and
 * registry only for an operator that runs images.
 */
export async function problemsOfOperator(part: StackPart, stack: Stack): Promise<readonly Problem[]> {
  const examined = await examinePart(part)
  const needsImage = examined.facts.image === 'required'
  const reached = stack
    .parts()
    .filter(({ type }) => (type === 'step_operator' ? false : type === 'artifact_store' || needsImage))
  return judged([examined, ...(await Promise.all(reached.map(examinePart)))], stack)
}

/** The same of every operator that steps mean and that the stack has; what is wrong for several is said once. */
export async function problemsOfOperators(
  definitions: readonly StepDefinition[],
  stack: Stack,
): Promise<readonly Problem[]> {
  const parts = new Map<string, StackPart>()
  for (const { config } of definitions) {
    const part = config.stepOperator === undefined ? undefined : partIfThere(config.stepOperator, stack)
    if (part !== undefined) parts.set(part.path, part)
  }
  return withoutRepeats((await Promise.all([...parts.values()].map((part) => problemsOfOperator(part, stack)))).flat())
}

function partIfThere(wanted: unknown, stack: Stack): StackPart | undefined {
  try {
    return stack.stepOperatorPart(wanted as string | true)
  } catch (error) {
    // The step itself is wrong: nobody can say what it means.
    if (SidestepError.isInstance(error) && error.kind === 'config') return undefined
    throw error
  }
}

/** One error that names everything. */
export function stackError(stack: Stack, problems: readonly Problem[]): SidestepError {
  const lines = problems.map(({ path, message }) => (path === undefined ? message : `${path}: ${message}`))
  const hints = [...new Set(problems.map(({ hint }) => hint))]
  return configError(
    'STACK_INVALID',
    `the stack ${stack.name} cannot be used as it is${lines.length === 1 ? `: ${lines[0]}` : `:\n${lines.map((line) => `  ${line}`).join('\n')}`}`,
    hints.join('\n'),
  )
}

function judged(examined: readonly ExaminedPart[], stack: Stack): readonly Problem[] {
  return [
    ...examined.flatMap(({ problems }) => problems),
    ...withoutRepeats(stackProblems(examined.map(({ facts }) => facts))),
    ...examined.flatMap(({ operator, facts }) =>
      operator === undefined ? [] : ownProblems(operator, facts.path, stack),
    ),
  ]
}

/** Two operators of one flavor lack the same. */
function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter((problem, at) => problems.findIndex(({ message }) => message === problem.message) === at)
}
