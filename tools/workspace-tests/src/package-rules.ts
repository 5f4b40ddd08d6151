import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importsOf, packageOf } from './imports.ts'
import { listSources, type Manifest, type Workspace } from './repository.ts'

/** Which package may import which, by the folder names under `packages/`. */
export interface PackageTable {
  readonly imports: Readonly<Record<string, readonly string[]>>
  /** Packages that take the user's copy of core. */
  readonly coreIsPeerOf: readonly string[]
  /** Packages for tests, examples and benchmarks. */
  readonly forTestsOnly: readonly string[]
  /** Third-party devDependencies that the build of a package inlines. */
  readonly bundles: Readonly<Record<string, readonly string[]>>
}

const scope = '@sidestep/'

/** What is wrong with the manifests of `packages/*`, by the table. */
export function manifestProblems(workspaces: readonly Workspace[], table: PackageTable): string[] {
  const problems: string[] = []
  for (const { path, manifest } of published(workspaces)) {
    const folder = folderName(path)
    const allowed = table.imports[folder]
    if (allowed === undefined) {
      problems.push(`${path}: is not in the table of packages`)
      continue
    }
    if (manifest.name !== scope + folder) problems.push(`${path}: is called ${manifest.name}, not ${scope}${folder}`)

    for (const name of siblings(runtimeDependencies(manifest))) {
      if (!allowed.includes(name)) problems.push(`${path}: must not depend on ${scope}${name}`)
    }
    for (const name of siblings(Object.keys(manifest.devDependencies ?? {}))) {
      if (isPackage(name, table) && ![...allowed, ...table.forTestsOnly].includes(name)) {
        problems.push(`${path}: must not depend on ${scope}${name}, not in tests either`)
      }
    }
    if (table.coreIsPeerOf.includes(folder)) {
      const core = `${scope}core`
      if (manifest.dependencies?.[core] !== undefined) problems.push(`${path}: ${core} must not be in dependencies`)
      if (manifest.peerDependencies?.[core] !== 'workspace:^') {
        problems.push(`${path}: peerDependencies need ${core} as workspace:^`)
      }
      if (manifest.devDependencies?.[core] !== 'workspace:*') {
        problems.push(`${path}: devDependencies need ${core} as workspace:*`)
      }
    }
  }
  return problems
}

/** What is wrong with the import statements of `packages/*`, by the table. */
export function importProblems(root: string, workspaces: readonly Workspace[], table: PackageTable): string[] {
  const problems: string[] = []
  for (const { path, manifest } of published(workspaces)) {
    const folder = folderName(path)
    const allowed = table.imports[folder] ?? []
    const available = [...runtimeDependencies(manifest), ...(table.bundles[folder] ?? [])]
    for (const file of listSources(join(root, path))) {
      const isSource = file.startsWith('src/')
      for (const { specifier, line } of importsOf(readFileSync(join(root, path, file), 'utf8'), file)) {
        const imported = packageOf(specifier)
        if (imported === undefined || imported === manifest.name) continue
        const place = `${path}/${file}:${line}`
        const sibling = imported.startsWith(scope) ? imported.slice(scope.length) : undefined
        if (sibling !== undefined && isPackage(sibling, table)) {
          if (table.forTestsOnly.includes(sibling) ? isSource : !allowed.includes(sibling)) {
            problems.push(`${place}: ${folder} must not import ${imported}`)
          }
        } else if (isSource && sibling !== undefined) {
          problems.push(`${place}: imports ${imported}, which is never published`)
        }
        if (isSource && !available.includes(imported)) {
          problems.push(`${place}: imports ${imported}, which is neither in dependencies nor in peerDependencies`)
        }
      }
    }
  }
  return problems
}

/** Versions that a manifest writes down itself: they belong into the catalog of pnpm-workspace.yaml. */
export function versionProblems(manifests: ReadonlyMap<string, Manifest>): string[] {
  const problems: string[] = []
  for (const [path, manifest] of manifests) {
    const all = { ...manifest.optionalDependencies, ...manifest.devDependencies, ...manifest.dependencies }
    for (const [name, version] of Object.entries(all)) {
      if (!/^(catalog:|workspace:)/.test(version)) problems.push(`${path}: ${name} is ${version}, not catalog:`)
    }
  }
  return problems
}

/** What npm installs with a package. */
export function runtimeDependencies(manifest: Manifest): string[] {
  return Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies })
}

/** The members that npm gets. */
export function published(workspaces: readonly Workspace[]): Workspace[] {
  return workspaces.filter(({ path }) => path.startsWith('packages/'))
}

function siblings(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(scope)).map((name) => name.slice(scope.length))
}

function isPackage(name: string, table: PackageTable): boolean {
  return Object.hasOwn(table.imports, name)
}

function folderName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
