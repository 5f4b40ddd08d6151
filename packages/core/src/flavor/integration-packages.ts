import { existsSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { configError, messageOf, type SidestepError } from '../errors.ts'
import { flavorError } from './flavor-error.ts'
import { findPackage, nearestManifest, parseManifest, textsOf, type PackageManifest } from './package-manifest.ts'

/** A package that says of itself that it brings flavors. */
export interface IntegrationPackage {
  readonly name: string
  /** A real path. */
  readonly folder: string
  /** Absent where it does not parse. */
  readonly manifest?: PackageManifest
  readonly problem?: SidestepError
}

/** What a manifest that concerns us holds, so that the others need not be parsed. */
const FIELD = '"sidestep"'

/**
 * The project itself and its direct dependencies, then the dependencies of the packages that `packagesFrom` are files
 * of, as far as they have a `sidestep.integration`; each package once. Those files need not exist. Throws `CONFIG_INVALID` where the project's own
 * package.json is not valid.
 */
export function integrationPackages(
  projectFolder: string,
  packagesFrom: readonly string[] = [],
): readonly IntegrationPackage[] {
  const found = new Map<string, IntegrationPackage | undefined>()
  const own = nearestManifest(projectFolder)
  if (own !== undefined) {
    const manifest = parseOwn(own)
    const name = typeof manifest.name === 'string' ? manifest.name : own.folder
    found.set(name, namesIntegration(manifest) ? { name, folder: realpathSync(own.folder), manifest } : undefined)
    addDependencies(found, manifest, projectFolder)
  }
  for (const file of packagesFrom) {
    const folder = dirname(realOf(file.startsWith('file:') ? fileURLToPath(file) : file))
    const host = nearestManifest(folder)
    if (host !== undefined) addDependencies(found, parseOwn(host), folder)
  }
  return [...found.values()].filter((it) => it !== undefined)
}

/** A file may stand for its folder: `package.json` of one that has none. */
function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}

function parseOwn({ folder, text }: { readonly folder: string; readonly text: string }): PackageManifest {
  try {
    return parseManifest(text)
  } catch (error) {
    const path = join(folder, 'package.json')
    throw configError('CONFIG_INVALID', `${path} cannot be read: ${messageOf(error)}`, 'Correct the file.', error)
  }
}

function addDependencies(
  found: Map<string, IntegrationPackage | undefined>,
  { dependencies, devDependencies, optionalDependencies, peerDependencies }: PackageManifest,
  from: string,
): void {
  // An installed package comes without them.
  const own = from.split(sep).includes('node_modules') ? undefined : devDependencies
  const groups = [dependencies, own, optionalDependencies, peerDependencies]
  for (const name of new Set(groups.flatMap((group) => [...textsOf(group).keys()]))) {
    // Of two copies, the one that the project itself imports is the one that counts.
    if (found.has(name)) continue
    const installed = findPackage(name, from)
    if (installed === undefined) continue
    found.set(name, installed.text.includes(FIELD) ? integrationPackage(name, installed) : undefined)
  }
}

function integrationPackage(
  name: string,
  { folder, text }: { readonly folder: string; readonly text: string },
): IntegrationPackage | undefined {
  const real = realpathSync(folder)
  try {
    const manifest = parseManifest(text)
    return namesIntegration(manifest) ? { name, folder: real, manifest } : undefined
  } catch (error) {
    const problem = flavorError(
      name,
      `is damaged: ${join(folder, 'package.json')} cannot be read: ${messageOf(error)}`,
      `npm install ${name} again.`,
      error,
    )
    return { name, folder: real, problem }
  }
}

/** True where a package says that it brings flavors. */
export function namesIntegration({ sidestep }: PackageManifest): boolean {
  return typeof sidestep === 'object' && sidestep !== null && Object.hasOwn(sidestep, 'integration')
}
