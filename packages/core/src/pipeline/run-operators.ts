import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import { problemsOfOperator, stackError } from '../operator/stack-problems.ts'
import { settingNames } from '../operator/step-problems.ts'
import type { Problem } from '../stack/component.ts'
import type { Stack } from '../stack/stack.ts'

/** The step operators of a run's stack, each checked before its first use. */
export class RunOperators {
  readonly #stack: Stack
  readonly #checked: Map<object, Promise<readonly Problem[]>> = new Map()
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

  /** Of the stack's step operators. */
  get flavors(): readonly string[] {
    return settingNames(this.#stack, undefined).inStack
  }

  /** The name in the stack that a step's `stepOperator` means. */
  nameOf(wanted: string | true): string {
    return this.#stack.stepOperatorName(wanted)
  }

  /** The operator that a step's `stepOperator` means. Throws `STACK_INVALID` where it cannot work in this stack. */
  async get(wanted: string | true): Promise<BaseStepOperator<any, any>> {
    const stack = this.#stack
    const part = stack.stepOperatorPart(wanted)
    const operator = (await part.load()) as BaseStepOperator<any, any>
    let checked = this.#checked.get(operator)
    if (checked === undefined) {
      checked = problemsOfOperator(part, stack)
      this.#checked.set(operator, checked)
    }
    const problems = await checked
    if (problems.length === 0) return operator
    // What could not be loaded now may be later.
    this.#checked.delete(operator)
    throw stackError(stack, problems)
  }
}
