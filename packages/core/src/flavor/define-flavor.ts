import type { StandardSchemaV1 } from '@standard-schema/spec'

import { fileThatCalled } from '../call-site.ts'
import {
  COMPONENT_TYPES,
  type ComponentRef,
  type RegisteredSource,
  type StackComponentType,
} from '../stack/component.ts'

/** What is known of a flavor before it is loaded. */
export interface FlavorDescription<T extends StackComponentType, Config = any> {
  /** What it implements. */
  readonly type: T
  /** The flavor's name among those of its type. */
  readonly flavor: string
  /** One line for lists: what it runs on, or where it keeps things. */
  readonly summary?: string
  /**
   * Any Standard Schema of the configuration. Strict ones find misspelt keys; one that is a Standard JSON Schema too
   * (zod's are) gives the CLI its options and editors their completion.
   */
  readonly configSchema: () => Promise<StandardSchemaV1>
  /** Of a step operator: any Standard Schema of a step's `settings['step_operator.<flavor>']`. Absent: taken as they are. */
  readonly settingsSchema?: () => Promise<StandardSchemaV1>
  /** Specifier or absolute path of the small module that is bundled into the job. */
  readonly runtime?: string
  /**
   * Fills in what a configuration leaves to its surroundings, such as the project's home folder: kept with a run, it
   * means the same in another process. Absent: nothing is filled in.
   */
  readonly complete?: (config: Config) => object
  /** The class of the component. Imported on first use, so this is where an SDK comes in. */
  readonly load: () => Promise<unknown>
}

/**
 * Call it with a configuration to get a component for a stack. That throws nothing: a wrong configuration is an error
 * when the component is loaded.
 */
export interface Flavor<T extends StackComponentType, Config> {
  (config: Config): ComponentRef<T>
  /** What it implements. */
  readonly type: T
  /** Its name among those of its type. */
  readonly flavor: string
  /** One line for lists. */
  readonly summary?: string
  /** `undefined` where every object is taken as it is. */
  configSchema(): Promise<StandardSchemaV1 | undefined>
  /** `undefined` where settings are taken as they are. */
  settingsSchema(): Promise<StandardSchemaV1 | undefined>
}

/**
 * Describes a flavor without loading it. Export it from the module that calls this, and from its package: there another
 * process looks for it, to make a run's stack again. In strings of a configuration, `${env:NAME}` is replaced when the
 * component is loaded.
 */
export function defineFlavor<T extends StackComponentType, Config>(
  description: FlavorDescription<T, Config>,
): Flavor<T, Config> {
  return makeFlavor(description, fileThatCalled(defineFlavor))
}

/** A flavor as its parts have it, of which a class may lack the schemas. */
export interface FlavorParts<T extends StackComponentType, Config> extends Omit<
  FlavorDescription<T, Config>,
  'configSchema'
> {
  readonly configSchema?: () => Promise<StandardSchemaV1 | undefined>
}

/**
 * Makes a flavor of its parts.
 *
 * @param source path or file URL of the module from which another process can import the flavor
 */
export function makeFlavor<T extends StackComponentType, Config>(
  parts: FlavorParts<T, Config>,
  source: string | undefined,
): Flavor<T, Config> {
  const { type, flavor, summary, complete } = parts
  const refer = (config: Config): ComponentRef<T> => ({
    type,
    flavor,
    config: config as object,
    source,
    ...(complete === undefined ? {} : { complete: () => complete(config) }),
    // Read where a job is bundled, and not before: in a job itself there may be no such file.
    get runtime() {
      return parts.runtime
    },
    // What only lists flavors does not wait for it.
    load: async () => (await import('./load-component.ts')).loadComponent(parts, config),
  })
  return Object.assign(refer, {
    type,
    flavor,
    ...(summary === undefined ? {} : { summary }),
    configSchema: async () => parts.configSchema?.(),
    settingsSchema: async () => parts.settingsSchema?.(),
  })
}

/** The same flavor, whose components are described by what it was registered by. */
export function registeredFlavor(
  given: Flavor<StackComponentType, object>,
  registered: RegisteredSource,
): Flavor<StackComponentType, object> {
  const { type, flavor, summary } = given
  // Whatever else the component has is read where it is needed, and not before.
  const refer = (config: object): ComponentRef<StackComponentType> =>
    Object.create(given(config), { registered: { value: registered, enumerable: true } }) as ReturnType<typeof given>
  return Object.assign(refer, {
    type,
    flavor,
    ...(summary === undefined ? {} : { summary }),
    configSchema: () => given.configSchema(),
    settingsSchema: () => given.settingsSchema(),
  })
}

/** True for what `defineFlavor()` of any loaded copy of this package returned, and for what is called as such. */
export function isFlavor(value: unknown): value is Flavor<StackComponentType, object> {
  if (typeof value !== 'function') return false
  const { type, flavor } = value as Partial<Flavor<StackComponentType, object>>
  return COMPONENT_TYPES.some((known) => known === type) && typeof flavor === 'string'
}
