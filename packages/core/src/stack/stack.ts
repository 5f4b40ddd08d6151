import { configError, type SidestepError } from '../errors.ts'
import { nearestName } from '../nearest-name.ts'
import { checkName, quoted } from './component-name.ts'
import { checkComponent, flavorOf, StackComponent, type ComponentRef, type StackComponentType } from './component.ts'
import { describeComponent } from './describe-component.ts'
import { optional } from './optional.ts'
import type { ComponentDescription, StackDescription } from './stack-description.ts'
import { oneOfType } from './component-type.ts'

/** What every step operator can do, as far as a stack is concerned. */
export interface StepOperatorComponent extends StackComponent<any> {
  /** What it can do; `BaseStepOperator` has the exact type. */
  readonly capabilities: object
  /** Runs a step's command; `BaseStepOperator` has the exact type. */
  launch(...input: never[]): Promise<void>
}

/** The parts of a stack: what flavors return, such as `local({})`, or instances of component classes. */
export interface StackOptions {
  /** Shown to people, and what `--stack` takes. */
  readonly name: string
  /** Keeps what steps return, and what is known of runs. */
  readonly artifactStore: ComponentRef<'artifact_store'> | StackComponent<any>
  /** By the names that steps use. The name `'*'` answers for every name that is not listed. */
  readonly stepOperators: Readonly<Record<string, ComponentRef<'step_operator'> | StepOperatorComponent>>
  /** With the image builder: for operators that run images. */
  readonly containerRegistry?: ComponentRef<'container_registry'> | StackComponent<any>
  /** Makes images, for operators that need one. */
  readonly imageBuilder?: ComponentRef<'image_builder'> | StackComponent<any>
  /** What `stepOperator: true` means. Absent: the only operator there is. */
  readonly defaultStepOperator?: string
}

/** One part of a stack, loaded or not. */
export interface StackPart {
  /** Where it is in the stack: `artifactStore`, `stepOperators.gpu`. */
  readonly path: string
  /** What it is a component of. */
  readonly type: StackComponentType
  /** Its name among those of its type. */
  readonly flavor: string
  /** As it was given: `${env:NAME}` is not replaced. */
  readonly config: unknown
  /** Rejects with a `CONFIG_INVALID` or `COMPONENT_INVALID` error where it cannot be used. */
  load(): Promise<StackComponent>
}

type GivenPart = ComponentRef<StackComponentType> | StackComponent<any>

/** The name of the operator that answers for every name that a stack does not list. */
const ANY_NAME = '*'

const BRAND = Symbol.for('sidestep.stack@1')

/**
 * A named composition of components. Components are loaded, and their configuration validated, on first use: the
 * methods that give one reject with a `CONFIG_INVALID` or `COMPONENT_INVALID` error then.
 */
export class Stack {
  /** Shown to people, and what `--stack` takes. */
  readonly name: string
  readonly #options: StackOptions
  readonly #loaded: Map<string, Promise<StackComponent>> = new Map()

  /**
   * Throws a `STACK_INVALID` error where there is no step operator, the default one is not among them, or something is
   * not a component of the type that belongs there; `COMPONENT_INVALID` where a component's class has no `FLAVOR`;
   * `NAME_INVALID` where the stack or an operator is called what nothing in sidestep.yaml can be called.
   */
  constructor(options: StackOptions) {
    checkName('stack', String(options.name))
    this.name = options.name
    this.#options = options
    Object.defineProperty(this, BRAND, { value: true })
    const operators = options.stepOperators as unknown
    const names = typeof operators === 'object' && operators !== null ? Object.keys(operators) : []
    if (names.length === 0) {
      throw configError(
        'STACK_INVALID',
        `the stack ${options.name} has no step operator`,
        'Name at least one under stepOperators.',
      )
    }
    for (const name of names) if (name !== ANY_NAME) checkName('component', name)
    const chosen = options.defaultStepOperator
    if (chosen !== undefined && !names.includes(chosen)) {
      throw configError(
        'STACK_INVALID',
        `the stack ${options.name} names ${quoted(String(chosen))} as its default step operator, and has no operator of that name`,
        this.#operatorsThereAre(String(chosen)),
      )
    }
    for (const [path, type, part] of this.#parts()) checkPart(part, type, `${options.name}.${path}`)
  }

  /** True for stacks of any loaded copy of this package. */
  static isInstance(value: unknown): value is Stack {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
  }

  /** In the order in which they were given. */
  get stepOperatorNames(): readonly string[] {
    return Object.keys(this.#options.stepOperators)
  }

  /** Loaded on first use. Rejects with `CONFIG_INVALID` or `COMPONENT_INVALID`. */
  artifactStore(): Promise<StackComponent> {
    return this.#load('artifactStore', this.#options.artifactStore)
  }

  /** Loaded on first use; `undefined` where the stack has none. */
  containerRegistry(): Promise<StackComponent> | undefined {
    const part = this.#options.containerRegistry
    return part === undefined ? undefined : this.#load('containerRegistry', part)
  }

  /** Loaded on first use; `undefined` where the stack has none. */
  imageBuilder(): Promise<StackComponent> | undefined {
    const part = this.#options.imageBuilder
    return part === undefined ? undefined : this.#load('imageBuilder', part)
  }

  /** Every component of the stack, without loading any of them. */
  parts(): readonly StackPart[] {
    return [...this.#parts()].map(([path, type, part]) => this.#partAt(path, type, part))
  }

  /** The operator that a step's `stepOperator` means. Throws with the names there are where it means none. */
  stepOperator(wanted: string | true): Promise<StackComponent> {
    return this.stepOperatorPart(wanted).load()
  }

  /** The same, without loading it. */
  stepOperatorPart(wanted: string | true): StackPart {
    const name = this.stepOperatorName(wanted)
    const operators = this.#options.stepOperators
    const key = Object.hasOwn(operators, name) ? name : ANY_NAME
    const part = operators[key]
    if (part === undefined) throw this.#unknownOperator(name)
    return this.#partAt(`stepOperators.${key}`, 'step_operator', part)
  }

  /** The name behind a step's `stepOperator`. Throws a `STACK_INVALID` error where it means none. */
  stepOperatorName(wanted: string | true): string {
    const names = this.stepOperatorNames
    if (wanted !== true) {
      if (!names.includes(wanted) && !names.includes(ANY_NAME)) throw this.#unknownOperator(wanted)
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
    return name === ANY_NAME ? this.stepOperatorPart(name).flavor : name
  }

  /** Runtime modules of the step operators, by flavor, without loading any of them. */
  get stepOperatorRuntimes(): Readonly<Record<string, string>> {
    const parts = Object.values(this.#options.stepOperators)
    return Object.fromEntries(
      parts.flatMap((part) => (part.runtime === undefined ? [] : [[flavorOfPart(part), part.runtime]])),
    )
  }

  /**
   * The stack as plain JSON, from which `restoreStack` makes it again in another process. Nothing is loaded. Files of
   * flavors are relative to the project's folder. Throws `CONFIG_INVALID` where a configuration holds a secret.
   */
  describe(options: { readonly projectFolder: string }): StackDescription {
    const { artifactStore, stepOperators, containerRegistry, imageBuilder, defaultStepOperator } = this.#options
    const describe = (part: GivenPart, path: string): ComponentDescription =>
      describeComponent(part, { ...options, name: `${this.name}.${path}` })
    const operators = Object.entries(stepOperators).map(
      ([name, part]) => [name, describe(part, `stepOperators.${name}`)] as const,
    )
    return {
      name: this.name,
      artifactStore: describe(artifactStore, 'artifactStore'),
      stepOperators: Object.fromEntries(operators),
      ...(containerRegistry === undefined
        ? {}
        : { containerRegistry: describe(containerRegistry, 'containerRegistry') }),
      ...(imageBuilder === undefined ? {} : { imageBuilder: describe(imageBuilder, 'imageBuilder') }),
      ...optional('defaultStepOperator', defaultStepOperator),
    }
  }

  #unknownOperator(name: string): SidestepError {
    return configError(
      'STACK_INVALID',
      `the stack ${this.name} has no step operator ${quoted(String(name))}`,
      this.#operatorsThereAre(String(name)),
    )
  }

  #operatorsThereAre(wanted: string): string {
    const near = nearestName(wanted, this.stepOperatorNames)
    return `${near === undefined ? '' : `Did you mean ${near}? `}It has: ${this.stepOperatorNames.join(', ')}.`
  }

  #partAt(path: string, type: StackComponentType, part: GivenPart): StackPart {
    return { path, type, flavor: flavorOfPart(part), config: part.config, load: () => this.#load(path, part) }
  }

  #load(path: string, part: GivenPart): Promise<StackComponent> {
    let component = this.#loaded.get(path)
    if (component === undefined) {
      component = 'load' in part ? part.load() : Promise.resolve(part)
      this.#loaded.set(path, component)
      component.catch(() => this.#loaded.delete(path))
    }
    return component
  }

  *#parts(): Generator<[path: string, type: StackComponentType, part: GivenPart]> {
    const { artifactStore, containerRegistry, imageBuilder, stepOperators } = this.#options
    yield ['artifactStore', 'artifact_store', artifactStore]
    if (containerRegistry !== undefined) yield ['containerRegistry', 'container_registry', containerRegistry]
    if (imageBuilder !== undefined) yield ['imageBuilder', 'image_builder', imageBuilder]
    for (const [name, part] of Object.entries(stepOperators)) yield [`stepOperators.${name}`, 'step_operator', part]
  }
}

function flavorOfPart(part: GivenPart): string {
  return 'load' in part ? part.flavor : flavorOf(part)
}

function checkPart(part: unknown, type: StackComponentType, path: string): void {
  if (StackComponent.isInstance(part)) {
    checkComponent(part, type, path)
    return
  }
  const ref: Partial<ComponentRef<StackComponentType>> = typeof part === 'object' && part !== null ? part : {}
  if (ref.type === type && typeof ref.load === 'function') return
  throw configError('STACK_INVALID', notAPart(part, ref, { type, path }), HOW_TO_GIVE)
}

const HOW_TO_GIVE = 'Give what a flavor returns, such as local({}), or an instance of a component class.'

function notAPart(
  part: unknown,
  ref: Partial<ComponentRef<StackComponentType>>,
  { type, path }: { readonly type: StackComponentType; readonly path: string },
): string {
  if (part === undefined) return `there is no ${path}, where ${oneOfType(type)} belongs`
  if (typeof part === 'function') {
    return `${path} is a function, not a component: a flavor is called with its configuration`
  }
  return `${path} is ${ref.type === undefined ? 'not a component' : oneOfType(ref.type)}, where ${oneOfType(type)} belongs`
}
