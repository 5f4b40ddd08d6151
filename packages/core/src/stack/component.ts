import { configError } from '../errors.ts'

export type StackComponentType = 'step_operator' | 'artifact_store' | 'container_registry' | 'image_builder'

/** Something wrong with a stack, found before anything runs. */
export interface Problem {
  readonly message: string
  readonly hint: string
  /** Where it lies, such as `stepOperators.gpu.region`. */
  readonly path?: string
}

const BRAND = Symbol.for('sidestep.component@1')

/** One configured part of a stack. A subclass has a static `FLAVOR`, its name among those of its type. */
export abstract class StackComponent<Config = object> {
  static readonly TYPE: StackComponentType
  /** TypeScript has no abstract static: registration and `new Stack` check it. */
  static readonly FLAVOR: string

  readonly config: Config
  /**
   * Specifier (or absolute path) of the small module that goes into the job's bundle for this component. Set from the
   * flavor's descriptor.
   */
  runtime?: string

  constructor(config: Config) {
    this.config = config
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** True for components of any loaded copy of this package. */
  static isInstance(value: unknown): value is StackComponent {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
  }
}

/** What a flavor called with its configuration returns: plain data and a lazy loader, so no SDK is imported before use. */
export interface ComponentRef<T extends StackComponentType> {
  readonly type: T
  readonly flavor: string
  readonly config: object
  /** Specifier or absolute path of the small module that goes into the job's bundle. */
  readonly runtime?: string | undefined
  /**
   * Path or file URL of the module that defines the flavor: so another process finds it again, where the module or its
   * package exports the flavor. Absent: the component lives in this process alone.
   */
  readonly source?: string | undefined
  /** `config`, with what the flavor would take from its surroundings filled in. Absent: `config` says it all. */
  complete?(): object
  load(): Promise<StackComponent>
}

export function typeOf(component: StackComponent<any>): StackComponentType {
  return statics(component).TYPE
}

export function flavorOf(component: StackComponent<any>): string {
  return statics(component).FLAVOR
}

/** Throws where a component instance lacks what TypeScript cannot ask of a class. */
export function checkComponent(component: StackComponent<any>, type: StackComponentType, path: string): void {
  const { TYPE, FLAVOR, name } = statics(component)
  if (TYPE !== type) {
    throw configError('COMPONENT_INVALID', `${path} is a ${TYPE ?? 'component without a type'}, not a ${type}`)
  }
  if (typeof FLAVOR !== 'string' || FLAVOR === '') {
    throw configError(
      'COMPONENT_INVALID',
      `the class ${name} of ${path} has no static FLAVOR`,
      `Add \`static override readonly FLAVOR = 'my_flavor'\` to the class.`,
    )
  }
}

function statics(component: StackComponent<any>): typeof StackComponent {
  return component.constructor as typeof StackComponent
}
