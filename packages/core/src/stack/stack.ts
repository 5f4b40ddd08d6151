import { configError } from '../errors.ts'
import { checkComponent, flavorOf, StackComponent, type ComponentRef, type StackComponentType } from './component.ts'
import { describeComponent } from './describe-component.ts'
import type { StackDescription } from './stack-description.ts'

/** What every step operator can do, as far as a stack is concerned. */
export interface StepOperatorComponent extends StackComponent<any> {
  readonly capabilities: object
  launch(...input: never[]): Promise<void>
}

/** The parts of a stack: what flavors return, such as `local({})`, or instances of component classes. */
export interface StackOptions {
  readonly name: string
  readonly artifactStore: ComponentRef<'artifact_store'> | StackComponent<any>
  /** By the names that steps use. The name `'*'` answers for every name that is not listed. */
  readonly stepOperators: Readonly<Record<string, ComponentRef<'step_operator'> | StepOperatorComponent>>
  /** With the image builder: for operators that run images. */
  readonly containerRegistry?: ComponentRef<'container_registry'> | StackComponent<any>
  readonly imageBuilder?: ComponentRef<'image_builder'> | StackComponent<any>
  /** What `stepOperator: true` means. Absent: the only operator there is. */
  readonly defaultStepOperator?: string
}

const BRAND = Symbol.for('sidestep.stack@1')

/**
 * A named composition of components. Components are loaded, and their configuration validated, on first use: the
 * methods that give one reject with a `CONFIG_INVALID` or `COMPONENT_INVALID` error then.
 */
export class Stack {
  readonly name: string
  readonly #options: StackOptions
  readonly #loaded: Map<string, Promise<StackComponent>> = new Map()

  /**
   * Throws a `STACK_INVALID` error where there is no step operator, the default one is not among them, or something is
   * not a component of the type that belongs there; `COMPONENT_INVALID` where a component's class has no `FLAVOR`.
   */
  constructor(options: StackOptions) {
    this.name = options.name
    this.#options = options
    Object.defineProperty(this, BRAND, { value: true })
    if (Object.keys(options.stepOperators).length === 0) {
      throw configError(
        'STACK_INVALID',
        `the stack ${options.name} has no step operator`,
        'Name at least one under stepOperators.',
      )
    }
    const chosen = options.defaultStepOperator
    if (chosen !== undefined && !Object.hasOwn(options.stepOperators, chosen)) {
      throw configError(
        'STACK_INVALID',
        `the stack ${options.name} names ${chosen} as its default step operator, and has no operator of that name`,
        `It has: ${this.stepOperatorNames.join(', ')}.`,
      )
    }
    for (const [path, type, part] of this.#parts()) checkPart(part, type, `${options.name}.${path}`)
  }

  /** True for stacks of any loaded copy of this package. */
  static isInstance(value: unknown): value is Stack {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
  }

  get stepOperatorNames(): readonly string[] {
    return Object.keys(this.#options.stepOperators)
  }

  artifactStore(): Promise<StackComponent> {
    return this.#load('artifactStore', this.#options.artifactStore)
  }

  containerRegistry(): Promise<StackComponent> | undefined {
    const part = this.#options.containerRegistry
    return part === undefined ? undefined : this.#load('containerRegistry', part)
  }

  imageBuilder(): Promise<StackComponent> | undefined {
    const part = this.#options.imageBuilder
    return part === undefined ? undefined : this.#load('imageBuilder', part)
  }

  /** The operator that a step's `stepOperator` means. Throws with the names there are where it means none. */
  stepOperator(wanted: string | true): Promise<StackComponent> {
    const name = this.stepOperatorName(wanted)
    const part = this.#options.stepOperators[name] ?? this.#options.stepOperators['*']
    if (part === undefined) throw this.#unknownOperator(name)
    return this.#load(
      Object.hasOwn(this.#options.stepOperators, name) ? `stepOperators.${name}` : 'stepOperators.*',
      part,
    )
  }

  /** The name behind a step's `stepOperator`. Throws a `STACK_INVALID` error where it means none. */
  stepOperatorName(wanted: string | true): string {
    const names = this.stepOperatorNames
    if (wanted !== true) {
      if (!names.includes(wanted) && !names.includes('*')) throw this.#unknownOperator(wanted)
      return wanted
    }
    const chosen = this.#options.defaultStepOperator ?? (names.length === 1 ? names[0] : undefined)
    if (chosen === undefined) {
      throw configError(
        'STACK_INVALID',
        `stepOperator: true needs a default, and the stack ${this.name} has several operators`,
        `Name one of ${names.join(', ')} in the step, or set defaultStepOperator in the stack.`,
      )
    }
    return chosen
  }

  /** What to call the operator that a step's `stepOperator` means: its name in the stack, or its flavor where it has none. */
  stepOperatorLabel(wanted: string | true): string {
    const name = this.stepOperatorName(wanted)
    const part = this.#options.stepOperators[name]
    if (name !== '*' || part === undefined) return name
    return 'load' in part ? part.flavor : flavorOf(part)
  }

  /** Runtime modules of the step operators, by flavor, without loading any of them. */
  get stepOperatorRuntimes(): Readonly<Record<string, string>> {
    const parts = Object.values(this.#options.stepOperators)
    return Object.fromEntries(
      parts.flatMap((part) => {
        const flavor = 'load' in part ? part.flavor : flavorOf(part)
        return part.runtime === undefined ? [] : [[flavor, part.runtime]]
      }),
    )
  }

  /**
   * The stack as plain JSON, from which `restoreStack` makes it again in another process. Nothing is loaded. Files of
   * flavors are relative to the project's folder.
   */
  describe(options: { readonly projectFolder: string }): StackDescription {
    const { artifactStore, stepOperators, containerRegistry, imageBuilder, defaultStepOperator } = this.#options
    const operators = Object.entries(stepOperators).map(
      ([name, part]) => [name, describeComponent(part, options)] as const,
    )
    return {
      name: this.name,
      artifactStore: describeComponent(artifactStore, options),
      stepOperators: Object.fromEntries(operators),
      ...(containerRegistry === undefined ? {} : { containerRegistry: describeComponent(containerRegistry, options) }),
      ...(imageBuilder === undefined ? {} : { imageBuilder: describeComponent(imageBuilder, options) }),
      ...(defaultStepOperator === undefined ? {} : { defaultStepOperator }),
    }
  }

  #unknownOperator(name: string): Error {
    return configError(
      'STACK_INVALID',
      `the stack ${this.name} has no step operator ${name}`,
      `It has: ${this.stepOperatorNames.join(', ')}.`,
    )
  }

  #load(path: string, part: ComponentRef<StackComponentType> | StackComponent): Promise<StackComponent> {
    let component = this.#loaded.get(path)
    if (component === undefined) {
      component = StackComponent.isInstance(part) ? Promise.resolve(part) : part.load()
      this.#loaded.set(path, component)
      component.catch(() => this.#loaded.delete(path))
    }
    return component
  }

  *#parts(): Generator<[path: string, type: StackComponentType, part: object]> {
    const { artifactStore, containerRegistry, imageBuilder, stepOperators } = this.#options
    yield ['artifactStore', 'artifact_store', artifactStore]
    if (containerRegistry !== undefined) yield ['containerRegistry', 'container_registry', containerRegistry]
    if (imageBuilder !== undefined) yield ['imageBuilder', 'image_builder', imageBuilder]
    for (const [name, part] of Object.entries(stepOperators)) yield [`stepOperators.${name}`, 'step_operator', part]
  }
}

function checkPart(part: object, type: StackComponentType, path: string): void {
  if (StackComponent.isInstance(part)) {
    checkComponent(part, type, path)
    return
  }
  const ref = part as Partial<ComponentRef<StackComponentType>>
  if (ref.type === type && typeof ref.load === 'function') return
  throw configError(
    'STACK_INVALID',
    typeof part === 'function'
      ? `${path} is a function, not a component: a flavor is called with its configuration`
      : `${path} is ${ref.type === undefined ? 'not a component' : `a ${ref.type}`}, where a ${type} belongs`,
    'Give what a flavor returns, such as local({}), or an instance of a component class.',
  )
}
