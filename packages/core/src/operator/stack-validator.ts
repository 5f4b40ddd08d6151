import type { Problem } from '../stack/component.ts'
import type { Stack } from '../stack/stack.ts'
import type { StepDefinition } from '../step/definition.ts'

/** What a stack is checked with. */
export interface StackValidatorOptions {
  /**
   * Flavors of step operators that the project can use, beside those of the stack: a step's `settings` may name them, and
   * no other. Absent: settings of any other flavor are taken for another stack's, unless the name is nearly one of this stack.
   */
  readonly knownFlavors?: readonly string[]
}

/** Finds what is wrong with a stack before anything runs, as far as it can be told without asking a provider. */
export class StackValidator {
  readonly #stack: Stack
  readonly #knownFlavors: readonly string[] | undefined

  constructor(stack: Stack, { knownFlavors }: StackValidatorOptions = {}) {
    this.#stack = stack
    this.#knownFlavors = knownFlavors
  }

  /**
   * Loads every component. What it finds: components that do not load, required ones that are missing, places that do
   * not agree, a local store with a remote operator, and what operators say themselves. Never rejects.
   */
  async validate(): Promise<readonly Problem[]> {
    // What only lists flavors does not wait for it.
    const { problemsOfStack } = await import('./stack-problems.ts')
    return problemsOfStack(this.#stack)
  }

  /**
   * What a run would fail with as soon as it calls one of these steps: an operator that they mean, or what its jobs reach,
   * cannot be used. Rejects with one `STACK_INVALID` error that names everything. A step whose operator the stack does not
   * have is passed over, since it may never be called: {@link validateStep} tells of it.
   */
  async requireOperators(definitions: readonly StepDefinition[]): Promise<void> {
    const { problemsOfOperators, stackError } = await import('./stack-problems.ts')
    const problems = await problemsOfOperators(definitions, this.#stack)
    if (problems.length > 0) throw stackError(this.#stack, problems)
  }

  /**
   * What a step asks for and its operator cannot do: resources, settings, an operator that the stack does not have. A
   * step without an operator has no problems but those of its own configuration. Never rejects.
   */
  async validateStep(definition: StepDefinition): Promise<readonly Problem[]> {
    const { problemsOfStep } = await import('./step-problems.ts')
    const problems = await problemsOfStep(definition, { stack: this.#stack, knownFlavors: this.#knownFlavors })
    return problems.map(({ code: _code, ...problem }) => problem)
  }
}
