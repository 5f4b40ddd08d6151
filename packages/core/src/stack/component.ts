import type { StandardSchemaV1 } from '@standard-schema/spec'

import { configError } from '../errors.ts'
import type { ComponentFinding, DiagnoseOptions } from './component-finding.ts'
import { oneOfType, type StackComponentType } from './component-type.ts'

export { COMPONENT_TYPES, type StackComponentType } from './component-type.ts'

/** Where a component is, as far as the parts of a stack must agree about it. */
export interface ComponentLocation {
  /** `'local'` is this machine; else the cloud's common name: `'aws'`, `'gcp'`, `'azure'`. */
  readonly cloud: string
  /** By the provider's own name. Absent: everywhere in that cloud, or not known. */
  readonly region?: string
}

/** Something wrong with a stack, found before anything runs. */
export interface Problem {
  /** What is wrong with what. */
  readonly message: string
  /** What to do about it. */
  readonly hint: string
  /** Where it lies in the stack, such as `stepOperators.gpu.region`; of a step, in what the step was given. */
  readonly path?: string
}

const BRAND = Symbol.for('sidestep.component@1')
/** On the class itself, and so on every class that extends it. */
const CLASS_BRAND = Symbol.for('sidestep.component-class@1')

/** One configured part of a stack. A subclass has a static `FLAVOR`, its name among those of its type. */
export abstract class StackComponent<Config = object> {
  /** Given by the base classes of the types. */
  static readonly TYPE: StackComponentType
  /** TypeScript has no abstract static: registration and `new Stack` check it. */
  static readonly FLAVOR: string
  /**
   * Any Standard Schema of the configuration, for a class that is registered by its source path; a flavor of
   * `defineFlavor()` has its own. Absent: every object is taken as it is.
   */
  static readonly CONFIG_SCHEMA?: StandardSchemaV1

  /** What it was made with: as its schema returned it, where it has one. */
  readonly config: Config
  /**
   * Specifier (or absolute path) of the small module that goes into the job's bundle for this component. Set from the
   * flavor's descriptor.
   */
  runtime?: string
  /**
   * Of a step operator: what a step's `settings['step_operator.<flavor>']` must be. Set from the flavor's descriptor; an
   * instance of a class has the class's static `SETTINGS_SCHEMA`.
   */
  declare settingsSchema?: StandardSchemaV1

  constructor(config: Config) {
    this.config = config
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Where the component is, once it is configured. `undefined`: not known, so nothing is checked. */
  get location(): ComponentLocation | undefined {
    return undefined
  }

  /**
   * Tries what the component needs from outside (a server, a program, a right), for `sidestep doctor`. It changes nothing
   * and leaves nothing behind. What it rejects with is a problem, too. Default: there is nothing to try.
   */
  async diagnose(_options: DiagnoseOptions): Promise<readonly ComponentFinding[]> {
    return []
  }

  /** True for components of any loaded copy of this package. */
  static isInstance(value: unknown): value is StackComponent {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
  }
}

Object.defineProperty(StackComponent, CLASS_BRAND, { value: true })

/** True for classes that extend `StackComponent` of any loaded copy of this package. */
export function isComponentClass(value: unknown): value is typeof StackComponent {
  return typeof value === 'function' && (value as unknown as Record<symbol, unknown>)[CLASS_BRAND] === true
}

/** A module, and the export of it that is a flavor or the class of one. */
export interface RegisteredSource {
  /** A file URL, or a package with or without a subpath. */
  readonly module: string
  /** Name of the export. */
  readonly export: string
}

/** What a flavor called with its configuration returns: plain data and a lazy loader, so no SDK is imported before use. */
export interface ComponentRef<T extends StackComponentType> {
  /** What it is a component of. */
  readonly type: T
  /** Its name among those of its type. */
  readonly flavor: string
  /** As it was given: not validated yet. */
  readonly config: object
  /** Specifier or absolute path of the small module that goes into the job's bundle. */
  readonly runtime?: string | undefined
  /**
   * Path or file URL of the module that defines the flavor: so another process finds it again, where the module or its
   * package exports the flavor. Absent: the component lives in this process alone.
   */
  readonly source?: string | undefined
  /** What the flavor was registered by, where a project did so: more exact than `source`. */
  readonly registered?: RegisteredSource | undefined
  /** `config`, with what the flavor would take from its surroundings filled in. Absent: `config` says it all. */
  complete?(): object
  /** Imports the class and makes the component. Rejects with `CONFIG_INVALID` where the configuration is wrong. */
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
    throw configError(
      'COMPONENT_INVALID',
      `${path} is ${TYPE === undefined ? 'a component without a type' : oneOfType(TYPE)}, not ${oneOfType(type)}`,
    )
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
