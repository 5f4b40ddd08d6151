import { configError } from '../errors.ts'
import { problemsOf, type BundlerProblem } from './bundle-errors.ts'
import { bundleEntry, ENTRY_ID } from './entry.ts'
import { installedVersion } from './installed-version.ts'
import { findNativePackages } from './native-packages.ts'
import {
  checkedSources,
  deferredExternals,
  flavorLoaders,
  generatedModules,
  isNamedByItsFolder,
  steadyNames,
} from './rewrite-plugins.ts'
import { runRolldown, type BuildResult, type ImportRequest } from './rolldown-build.ts'
import { standInFor, withoutTaken, type RuntimeText } from './runtime-text.ts'
import { packageNameOf, packageOf } from './source-path.ts'

export interface UserBuildOptions {
  /** A real path. */
  readonly module: string
  readonly projectFolder: string
  readonly external: readonly string[]
  readonly flavors: readonly string[]
  /** What the runtime declares, behind which the code will stand. */
  readonly runtime: Omit<RuntimeText, 'code'>
  readonly name: (file: string) => string
}

export interface UserBuild {
  readonly result: BuildResult
  readonly nativePackages: Readonly<Record<string, string>>
  /** What was read for it, on the way too. */
  readonly files: readonly string[]
  readonly imports: readonly ImportRequest[]
}

/**
 * The user's module with everything it imports. Which packages have native parts is seen only when the modules are
 * known, so where there are any it is built again without them.
 */
export async function buildUserModule(options: UserBuildOptions): Promise<UserBuild> {
  const { module, projectFolder, runtime, name } = options
  // Sidestep's own packages belong to the bundle, also where the project's lockfile names them.
  const external = new Set(options.external.filter((it) => !it.startsWith('@sidestep/')))
  const native = new Map<string, string>()
  const seen = new Set<string>()
  const imports: ImportRequest[] = []
  const standIn = standInFor(runtime)
  let steady = false
  for (;;) {
    const names = [...external, ...native.keys()].map((it) => it.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')
    let result: BuildResult
    try {
      result = await runRolldown({
        entry: ENTRY_ID,
        cwd: projectFolder,
        ...(names === '' ? {} : { external: new RegExp(`^(?:${names})(?:/|$)`) }),
        plugins: [
          generatedModules(bundleEntry(options.flavors, module), standIn),
          ...(steady ? [steadyNames(projectFolder)] : []),
          flavorLoaders(),
          checkedSources(name),
          ...(names === '' ? [] : [deferredExternals(names, name)]),
        ],
      })
    } catch (error) {
      const files = filesOf(problemsOf(error))
      for (const file of files) seen.add(file)
      if (addNativePackages(native, files)) continue
      throw error
    }
    const files = [...result.graph.keys()]
    for (const file of files) seen.add(file)
    imports.push(...result.imports)
    const hasMore = addNativePackages(native, files)
    if (!hasMore && (steady || !files.some((file) => isNamedByItsFolder(file, projectFolder)))) {
      refuseLooseNativeFiles(files, name)
      return {
        result: { ...result, code: withoutTaken(result.code) },
        nativePackages: importedNativePackages(result, native, projectFolder),
        files: [...seen],
        imports,
      }
    }
    steady ||= files.some((file) => isNamedByItsFolder(file, projectFolder))
  }
}

function addNativePackages(native: Map<string, string>, files: Iterable<string>): boolean {
  const before = native.size
  for (const { name, version } of findNativePackages(files).values()) {
    if (!native.has(name)) native.set(name, version)
  }
  return native.size > before
}

function filesOf(problems: readonly BundlerProblem[]): string[] {
  return problems.flatMap(({ id, exporter, loc }) => [id, exporter, loc?.file]).filter((file) => file !== undefined)
}

function refuseLooseNativeFiles(files: readonly string[], name: (file: string) => string): void {
  const loose = files.find((file) => file.endsWith('.node') && packageOf(file) === undefined)
  if (loose === undefined) return
  throw configError(
    'BUNDLE_FAILED',
    `${name(loose)} is a native file, which cannot be part of a bundle`,
    'Make it a package of its own, and name that in docker.requirements.',
  )
}

/** Without those that only another native package imports. */
function importedNativePackages(
  { graph }: BuildResult,
  native: ReadonlyMap<string, string>,
  projectFolder: string,
): Record<string, string> {
  const imported = [...graph.values()].flatMap(({ staticImports, dynamicImports }) => [
    ...staticImports,
    ...dynamicImports,
  ])
  const names = new Set(imported.map(packageNameOf).filter((it) => it !== undefined))
  return Object.fromEntries(
    [...native]
      .filter(([name]) => names.has(name))
      .map(([name, found]): [string, string] => [name, installedVersion(name, projectFolder) ?? found])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}
