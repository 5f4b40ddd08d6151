import { configError, type SidestepError } from '../errors.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import { flavorOf, type Problem } from '../stack/component.ts'
import type { Stack } from '../stack/stack.ts'

/** The step operators of a run's stack, each checked before its first use. */
export class RunOperators {
  readonly #stack: Stack
  readonly #checked: Set<object> = new Set()
  #onFirstCall: (() => void) | undefined

  /** `onFirstCall` hears of the first step that has an operator. */
  constructor(stack: Stack, { onFirstCall }: { readonly onFirstCall: () => void }) {
    this.#stack = stack
    this.#onFirstCall = onFirstCall
  }

  /** Told of each step that has an operator when it starts; says what events call that operator. */
  called(wanted: string | true): string {
    const label = this.#stack.stepOperatorLabel(wanted)
    this.#onFirstCall?.()
    this.#onFirstCall = undefined
    return label
  }

  /** The name in the stack that a step's `stepOperator` means. */
  nameOf(wanted: string | true): string {
    return this.#stack.stepOperatorName(wanted)
  }

  /** The operator that a step's `stepOperator` means. Throws `STACK_INVALID` where it cannot work in this stack. */
  async get(wanted: string | true): Promise<BaseStepOperator<any, any>> {
    const stack = this.#stack
    const operator = (await stack.stepOperator(wanted)) as BaseStepOperator<any, any>
    if (this.#checked.has(operator)) return operator
    const problems = [...operator.validate(stack), ...imageProblems(operator, stack)]
    if (problems.length > 0) throw invalid(stack, problems)
    this.#checked.add(operator)
    return operator
  }
}

function imageProblems(operator: BaseStepOperator<any, any>, stack: Stack): readonly Problem[] {
  if (operator.capabilities.image !== 'required' || stack.imageBuilder() !== undefined) return []
  return [
    {
      path: 'imageBuilder',
      message: `the step operator ${flavorOf(operator)} runs steps in images, and the stack has no image builder`,
      hint: 'Give the stack an imageBuilder, or the step another operator.',
    },
  ]
}

function invalid(stack: Stack, problems: readonly Problem[]): SidestepError {
  const lines = problems.map(({ path, message }) => (path === undefined ? message : `${path}: ${message}`))
  const hints = [...new Set(problems.map(({ hint }) => hint))]
  return configError(
    'STACK_INVALID',
    `the stack ${stack.name} cannot be used as it is${lines.length === 1 ? `: ${lines[0]}` : `:\n${lines.map((line) => `  ${line}`).join('\n')}`}`,
    hints.join('\n'),
  )
}
