import type { StandardSchemaV1 } from '@standard-schema/spec'

import { configError, messageOf, SidestepError } from '../errors.ts'
import { StackComponent, type StackComponentType } from '../stack/component.ts'
import { oneOfType, typeWords } from '../stack/component-type.ts'
import { hiderOf, keepHider, referencesOf, type Hider } from '../stack/hidden-values.ts'
import { checkConfig } from './check-config.ts'
import { issueText } from './config-issues.ts'
import { resolveEnvironment } from './environment-references.ts'
import { isStandardSchema } from './standard-schema.ts'

/** What a component is loaded by. */
export interface ComponentLoader {
  readonly type: StackComponentType
  readonly flavor: string
  /** Absent, or `undefined`: every object is taken as it is. */
  readonly configSchema?: () => Promise<StandardSchemaV1 | undefined>
  /** Of a step operator. Absent, or `undefined`: settings are taken as they are. */
  readonly settingsSchema?: () => Promise<StandardSchemaV1 | undefined>
  readonly runtime?: string
  readonly load: () => Promise<unknown>
}

/** A flavor whose code is called, and what must not be seen of what it throws. */
interface Called {
  readonly loader: ComponentLoader
  readonly hider: Hider
}

/**
 * Makes a component: `${env:NAME}` in its configuration is replaced, the configuration validated, its class imported.
 * Rejects with `CONFIG_INVALID` where the configuration is wrong, with `COMPONENT_INVALID` where the flavor is. What the
 * flavor's code throws shows the reference in the place of what came from the environment; the component keeps a hider
 * for what it throws later.
 */
export async function loadComponent(loader: ComponentLoader, config: unknown): Promise<StackComponent> {
  const { type, flavor } = loader
  const hider = hiderOf(referencesOf(resolveEnvironment(config, process.env).values))
  const called: Called = { loader, hider }
  const value = await validated(called, config)
  const Component = await translated(called, 'does not load', () => loader.load())
  const component = await translated(called, 'cannot be made', async () =>
    typeof Component === 'function'
      ? (new (Component as new (config: unknown) => unknown)(value) as unknown)
      : undefined,
  )
  if (!StackComponent.isInstance(component)) {
    throw configError(
      'COMPONENT_INVALID',
      `load() of the ${typeWords(type)} ${flavor} does not give a class of a stack component`,
    )
  }
  keepHider(component, hider)
  const { runtime } = loader
  if (runtime !== undefined) component.runtime = runtime
  const settingsSchema = await translated(called, 'has a settings schema that does not load', async () =>
    loader.settingsSchema?.(),
  )
  if (settingsSchema !== undefined) component.settingsSchema = settingsSchema
  return component
}

async function validated(called: Called, given: unknown): Promise<unknown> {
  const { loader } = called
  const { type, flavor } = loader
  const what = `${typeWords(type)} ${flavor}`
  const schema = await translated(called, 'has a schema that does not load', async () => loader.configSchema?.())
  if (schema !== undefined && !isStandardSchema(schema)) {
    throw configError(
      'COMPONENT_INVALID',
      `configSchema() of the ${what} does not give a Standard Schema`,
      'Give a schema of zod, valibot, arktype or another library that follows https://standardschema.dev, version 1.',
    )
  }
  const { issues, value } = await translated(called, 'has a schema that fails', () =>
    checkConfig(schema, given, { environment: process.env, unsetVariables: 'refuse' }),
  )
  if (issues.length === 0) return value
  const unset = [...new Set(issues.flatMap(({ variable }) => variable ?? []))]
  throw configError(
    'CONFIG_INVALID',
    `${oneOfType(type)} of the flavor ${flavor} is not configured right:\n${issues.map((issue) => `  ${issueText(issue)}`).join('\n')}`,
    unset.length === 0 ? undefined : `Set ${unset.join(', ')} where this command is started.`,
  )
}

/** Whatever a flavor's own code throws says whose it is; what it says on purpose stays. */
async function translated<T>({ loader, hider }: Called, what: string, call: () => Promise<T>): Promise<T> {
  const { type, flavor } = loader
  try {
    return await call()
  } catch (thrown) {
    const error = hider.thrown(thrown)
    if (SidestepError.isInstance(error)) throw error
    throw configError(
      'COMPONENT_INVALID',
      `the ${typeWords(type)} ${flavor} ${what}: ${messageOf(error)}`,
      'Install what it needs, or report this to whoever wrote the flavor.',
      error,
    )
  }
}
