import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { configError, messageOf, SidestepError, type ErrorCode } from '../errors.ts'
import { isComponentClass, type ComponentRef, type StackComponentType } from '../stack/component.ts'
import { Stack } from '../stack/stack.ts'
import type { ComponentDescription, FlavorSource, StackDescription } from '../stack/stack-description.ts'
import { oneOfType } from '../stack/component-type.ts'
import type { ComponentClass } from './check-flavor-class.ts'
import { checkIntegration } from './check-integration.ts'
import { isFlavor, registeredFlavor, type Flavor } from './define-flavor.ts'
import { integrationEntry } from './discover-integrations.ts'
import { flavorOfClass } from './flavor-of-class.ts'
import { importAsNode, importSource, type ImportModule } from './import-source.ts'
import { namesIntegration } from './integration-packages.ts'
import { locateManifest, locatePackage } from './locate-package.ts'
import { parseManifest } from './package-manifest.ts'
import { allExports } from './pick-export.ts'
import { splitSpecifier } from './source-path.ts'

export interface RestoreOptions {
  /** Folder of the project's package.json: files are relative to it, and packages are looked for in it first. */
  readonly projectFolder: string
  /** Files or file URLs from which packages are looked for last, after the working directory. */
  readonly packagesFrom?: readonly string[]
  /** Imports the modules of flavors. Default: as Node does. */
  readonly importModule?: ImportModule
}

/**
 * Makes a stack again from what `Stack#describe` said of it. Its flavors are imported; no component is loaded. Rejects
 * with a `config` error that names the first component that cannot be made again, and says why.
 */
export async function restoreStack(description: StackDescription, options: RestoreOptions): Promise<Stack> {
  const { name, artifactStore, stepOperators, containerRegistry, imageBuilder, defaultStepOperator } = description
  const restore = async <T extends StackComponentType>(
    component: ComponentDescription,
    type: T,
    path: string,
  ): Promise<ComponentRef<T>> => restoreComponent(component, { ...options, type, name: `${name}.${path}` })
  const operators: Record<string, ComponentRef<'step_operator'>> = {}
  for (const [key, component] of Object.entries(stepOperators)) {
    operators[key] = await restore(component, 'step_operator', `stepOperators.${key}`)
  }
  return new Stack({
    name,
    artifactStore: await restore(artifactStore, 'artifact_store', 'artifactStore'),
    stepOperators: operators,
    ...(containerRegistry === undefined
      ? {}
      : { containerRegistry: await restore(containerRegistry, 'container_registry', 'containerRegistry') }),
    ...(imageBuilder === undefined
      ? {}
      : { imageBuilder: await restore(imageBuilder, 'image_builder', 'imageBuilder') }),
    ...(defaultStepOperator === undefined ? {} : { defaultStepOperator }),
  })
}

/**
 * Makes one component again, whatever becomes of the others of its stack. Rejects with a `config` error where that
 * cannot be done.
 */
export async function restoreComponent<T extends StackComponentType>(
  description: ComponentDescription,
  options: RestoreOptions & {
    readonly type: T
    /** What errors call it: `prod.stepOperators.gpu`. */
    readonly name: string
  },
): Promise<ComponentRef<T>> {
  const { flavor, source, config } = description
  const { type, name, importModule: load = importAsNode } = options
  const fail = (code: ErrorCode, why: string, hint: string, cause?: unknown): Error =>
    configError(code, `${name}, ${oneOfType(type)} of the flavor ${flavor}, cannot be made again: ${why}`, hint, cause)
  if (source === undefined) {
    const why = 'it is an instance of a class, or of a flavor whose module is not known'
    throw fail('COMPONENT_INVALID', why, `Make it with a flavor of defineFlavor() next time. ${GIVE_IT}`)
  }
  if (config === undefined) {
    const why = 'its configuration holds what is no JSON, such as a function or an object of a class'
    throw fail('COMPONENT_INVALID', why, GIVE_IT)
  }
  const { url, shown, problem } = locate(source, options, fail)
  const exports =
    url === undefined
      ? {}
      : await load(url).catch((error: unknown) => {
          throw fail(
            'MODULE_LOAD_FAILED',
            `${shown} does not load: ${messageOf(error)}`,
            `Correct it. ${GIVE_IT}`,
            error,
          )
        })
  try {
    const wanted = { type, flavor, source, url }
    const make = findFlavor(exports, wanted) ?? findFlavor(await describedBy(source, options), wanted)
    if (make !== undefined) return make(config)
  } catch (error) {
    if (SidestepError.isInstance(error)) throw error
    throw (
      problem ??
      fail('COMPONENT_INVALID', `${shown} cannot be read: ${messageOf(error)}`, `Correct it. ${GIVE_IT}`, error)
    )
  }
  const hint = `Export what defineFlavor() returns from ${shown}, or the class. ${GIVE_IT}`
  throw problem ?? fail('COMPONENT_INVALID', `${shown} exports no such flavor`, hint)
}

const GIVE_IT = 'Or give the stack in code, from the file that exports it.'

type Fail = (code: ErrorCode, why: string, hint: string, cause?: unknown) => Error

interface Located {
  /** Absent: its package has no such entry, as `problem` says, and may have an integration. */
  readonly url?: string
  readonly shown: string
  readonly problem?: Error
}

function locate(source: FlavorSource, options: RestoreOptions, fail: Fail): Located {
  if ('file' in source) {
    const path = resolve(options.projectFolder, source.file)
    if (existsSync(path)) return { url: pathToFileURL(realpathSync(path)).href, shown: path }
    throw fail('MODULE_NOT_FOUND', `there is no file ${path} any more`, `Put it back. ${GIVE_IT}`)
  }
  const { package: shown } = source
  let problem: Error | undefined
  for (const place of placesOf(options)) {
    try {
      const url = locatePackage(shown, place)
      if (url !== undefined) return { url, shown }
    } catch (error) {
      const why = `${shown} cannot be imported: ${messageOf(error)}`
      problem ??= fail('PACKAGE_NOT_FOUND', why, `npm install a version that has it. ${GIVE_IT}`, error)
    }
  }
  if (problem !== undefined) return { shown, problem }
  // Where else was looked is of no use to a user: the CLI's own folder is among it.
  const folders = [...new Set([options.projectFolder, process.cwd()])]
  const why = `its package ${shown} was not found from ${folders.join(' or ')}`
  throw fail('PACKAGE_NOT_FOUND', why, `npm install ${splitSpecifier(shown).name}. ${GIVE_IT}`)
}

function placesOf({ projectFolder, packagesFrom = [] }: RestoreOptions): readonly string[] {
  return [...new Set([join(projectFolder, 'package.json'), join(process.cwd(), 'package.json'), ...packagesFrom])]
}

interface Wanted<T extends StackComponentType> {
  readonly type: T
  readonly flavor: string
  readonly source: FlavorSource
  readonly url: string | undefined
}

/** By the export's name; by type and flavor where no name is known, or where it was renamed and no other one fits. */
function findFlavor<T extends StackComponentType>(
  exports: Exports,
  { type, flavor, source, url }: Wanted<T>,
): Flavor<T, object> | undefined {
  const { export: name } = source
  const fitting = Object.entries(allExports(exports)).filter(([, value]) =>
    isFlavor(value)
      ? value.type === type && value.flavor === flavor
      : isComponentClass(value) && value.TYPE === type && value.FLAVOR === flavor,
  )
  const several = new Set(fitting.map(([, value]) => value)).size > 1
  const found =
    fitting.find(([key]) => key === name) ??
    (name !== undefined && several ? undefined : (fitting.find(([, value]) => isFlavor(value)) ?? fitting[0]))
  if (found === undefined) return undefined
  const [key, value] = found
  const made = isFlavor(value) ? value : flavorOfClass(value as ComponentClass, url ?? '')
  const module = 'file' in source ? url : source.package
  const isNamed = name !== undefined && module !== undefined
  return (isNamed ? registeredFlavor(made, { module, export: key }) : made) as Flavor<T, object>
}

type Exports = Readonly<Record<string, unknown>>

/** The flavors of a package's integration, which its main entry need not export. */
async function describedBy(source: FlavorSource, options: RestoreOptions): Promise<Exports> {
  if (!('package' in source)) return {}
  const { name } = splitSpecifier(source.package)
  const path = placesOf(options)
    .map((place) => locateManifest(name, place))
    .find((it) => it !== undefined)
  const manifest = path === undefined ? undefined : parseManifest(readFileSync(path, 'utf8'))
  if (path === undefined || manifest === undefined || !namesIntegration(manifest)) return {}
  const url = integrationEntry({ name, folder: dirname(path) }, manifest)
  const { flavors } = checkIntegration((await importSource(url, name, options.importModule))['default'], name)
  return Object.fromEntries(flavors.entries())
}
