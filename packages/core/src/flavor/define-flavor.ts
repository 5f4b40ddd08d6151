import type { StandardSchemaV1 } from '@standard-schema/spec'

import { fileThatCalled } from '../call-site.ts'
import { configError } from '../errors.ts'
import { StackComponent, type ComponentRef, type StackComponentType } from '../stack/component.ts'

/** What is known of a flavor before it is loaded. */
export interface FlavorDescription<T extends StackComponentType, Config = any> {
  readonly type: T
  /** The flavor's name among those of its type. */
  readonly flavor: string
  /** Any Standard Schema of the configuration. Strict ones find misspelt keys. */
  readonly configSchema: () => Promise<StandardSchemaV1>
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
  readonly type: T
  readonly flavor: string
}

/**
 * Describes a flavor without loading it. Export it from the module that calls this, and from its package: there another
 * process looks for it, to make a run's stack again.
 */
export function defineFlavor<T extends StackComponentType, Config>(
  description: FlavorDescription<T, Config>,
): Flavor<T, Config> {
  const { type, flavor, complete } = description
  const source = fileThatCalled(defineFlavor)
  const refer = (config: Config): ComponentRef<T> => ({
    type,
    flavor,
    config: config as object,
    source,
    ...(complete === undefined ? {} : { complete: () => complete(config) }),
    // Read where a job is bundled, and not before: in a job itself there may be no such file.
    get runtime() {
      return description.runtime
    },
    load: async () => loadComponent(description, config),
  })
  return Object.assign(refer, { type, flavor })
}

async function loadComponent<T extends StackComponentType>(
  description: FlavorDescription<T>,
  config: unknown,
): Promise<StackComponent> {
  const { type, flavor } = description
  const schema = await description.configSchema()
  const result = await schema['~standard'].validate(config)
  if (result.issues !== undefined) {
    throw configError(
      'CONFIG_INVALID',
      `the ${type} ${flavor} is not configured right:\n${result.issues.map((issue) => `  ${describeIssue(issue)}`).join('\n')}`,
    )
  }
  const Component = (await description.load()) as new (config: unknown) => unknown
  const component = typeof Component === 'function' ? new Component(result.value) : undefined
  if (!StackComponent.isInstance(component)) {
    throw configError('COMPONENT_INVALID', `load() of the ${type} ${flavor} does not give a class of a stack component`)
  }
  if (description.runtime !== undefined) component.runtime = description.runtime
  return component
}

function describeIssue({ path = [], message }: StandardSchemaV1.Issue): string {
  const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return where === '' ? message : `${where}: ${message}`
}
