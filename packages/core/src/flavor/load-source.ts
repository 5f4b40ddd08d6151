import { messageOf, SidestepError } from '../errors.ts'
import { checkName } from '../stack/component-name.ts'
import { isComponentClass, StackComponent, type StackComponentType } from '../stack/component.ts'
import { BASE_CLASSES, checkFlavorClass, otherType } from './check-flavor-class.ts'
import { isFlavor, registeredFlavor, type Flavor } from './define-flavor.ts'
import { flavorError } from './flavor-error.ts'
import { flavorOfClass } from './flavor-of-class.ts'
import { importSource, type ImportModule } from './import-source.ts'
import { locateSource } from './locate-source.ts'
import { pickExport } from './pick-export.ts'
import { isFilePath, parseSourcePath } from './source-path.ts'
import { isStandardSchema } from './standard-schema.ts'

export type { ImportModule } from './import-source.ts'

/** Where a source path begins, and what it must lead to. */
export interface LoadSourceOptions {
  /** Paths are relative to it, and packages are looked for from it. */
  readonly projectFolder: string
  /** What the flavor must be one of. Absent: of any type. */
  readonly type?: StackComponentType
  /** Default: `import()`. */
  readonly importModule?: ImportModule
}

/**
 * The flavor behind a source path: a class that extends a base class of core, or what `defineFlavor()` returned. Rejects
 * with a `FLAVOR_INVALID` error that says which of the things that a flavor must be it is not, where, and how to mend it.
 */
export async function loadSource(
  source: string,
  options: LoadSourceOptions,
): Promise<Flavor<StackComponentType, object>> {
  const { projectFolder, type, importModule } = options
  const path = parseSourcePath(source)
  const url = await locateSource(path, projectFolder)
  const exports = await importSource(url, path.module, importModule)
  const value = pickExport(exports, path.export, path.module)
  const registered = { module: isFilePath(path.module) ? url : path.module, export: path.export }
  try {
    return registeredFlavor(await flavorOf(value, { source, type, url }), registered)
  } catch (error) {
    if (SidestepError.isInstance(error)) throw error
    const hint = 'Give its statics plain values: a getter or a proxy must not throw.'
    throw flavorError(source, `cannot be read: ${messageOf(error)}`, hint, error)
  }
}

interface Asked {
  readonly source: string
  readonly type: StackComponentType | undefined
  readonly url: string
}

/** Asks a value of which nothing is known yet: whatever is read of it may throw. */
async function flavorOf(value: unknown, { source, type, url }: Asked): Promise<Flavor<StackComponentType, object>> {
  if (isFlavor(value)) {
    await checkFlavor(value, source, type)
    return value
  }
  if (!isComponentClass(value) && !isClass(value)) throw notAClass(value, source, type)
  checkFlavorClass(value, source, type)
  return flavorOfClass(value, url)
}

async function checkFlavor(
  flavor: Flavor<StackComponentType, object>,
  where: string,
  wanted: StackComponentType | undefined,
): Promise<void> {
  if (wanted !== undefined && flavor.type !== wanted) throw flavorError(where, ...otherType(flavor.type, wanted))
  const hint = 'See the flavor that it gives to defineFlavor().'
  try {
    checkName('flavor', flavor.flavor)
  } catch (error) {
    throw flavorError(where, `has a name that cannot be one: ${messageOf(error)}`, hint)
  }
  for (const name of ['configSchema', 'settingsSchema'] as const) {
    let schema: unknown
    try {
      schema = await flavor[name]()
    } catch (error) {
      throw flavorError(where, `has a ${name}() that fails: ${messageOf(error)}`, hint, error)
    }
    if (schema === undefined || isStandardSchema(schema)) continue
    throw flavorError(
      where,
      `has a ${name}() that gives no Standard Schema`,
      'Give a schema of zod, valibot, arktype or another library that follows https://standardschema.dev, version 1.',
    )
  }
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
}

function notAClass(value: unknown, where: string, type: StackComponentType = 'step_operator'): Error {
  const hint = `Export a class that extends ${BASE_CLASSES[type].name}, or what defineFlavor() returns.`
  if (StackComponent.isInstance(value)) {
    return flavorError(
      where,
      `is an instance of ${value.constructor.name}, not the class`,
      `Export the class itself: \`export class ${value.constructor.name}\`.`,
    )
  }
  if (typeof value === 'object' && value !== null && 'load' in value && 'flavor' in value) {
    return flavorError(
      where,
      'is a flavor that was called with a configuration',
      'Export the flavor itself, without the call.',
    )
  }
  if (typeof value === 'function') return flavorError(where, 'is a function, not a class', hint)
  return flavorError(
    where,
    `is ${value === null ? 'null' : Array.isArray(value) ? 'a list' : `of the type ${typeof value}`}, not a class`,
    hint,
  )
}
