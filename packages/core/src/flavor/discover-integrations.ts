import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { messageOf, SidestepError } from '../errors.ts'
import { checkIntegration } from './check-integration.ts'
import { checkCoreVersion } from './core-version.ts'
import { declaredIntegration, type DeclaredIntegration } from './declared-integration.ts'
import type { Integration } from './define-integration.ts'
import { flavorError } from './flavor-error.ts'
import { importSource, type ImportModule } from './import-source.ts'
import { integrationPackages, type IntegrationPackage } from './integration-packages.ts'
import { exportTarget, staysInPackage } from './package-exports.ts'
import { textsOf, type PackageManifest } from './package-manifest.ts'

/** An installed integration: its descriptor, or why it has none. */
export interface DiscoveredIntegration {
  readonly package: string
  readonly version?: string
  readonly requirements: Readonly<Record<string, string>>
  readonly integration?: Integration
  /** What its manifest says, where its descriptor was not asked. */
  readonly declared?: DeclaredIntegration
  readonly problem?: SidestepError
}

/** As those of the registry. */
export interface DiscoverOptions {
  readonly projectFolder: string
  readonly packagesFrom?: readonly string[]
  readonly importModule?: ImportModule
  /** `'if-needed'`: only the descriptors of packages whose manifest does not say what they bring. Default: all. */
  readonly descriptors?: 'all' | 'if-needed'
}

/** The installed integrations, by their descriptors. One that is damaged has a problem, and the others go on. */
export async function discoverIntegrations(options: DiscoverOptions): Promise<readonly DiscoveredIntegration[]> {
  const { projectFolder, packagesFrom } = options
  const packages = integrationPackages(projectFolder, packagesFrom)
  const discovered: DiscoveredIntegration[] = []
  // One after the other: a CommonJS module cannot `require` what is just being imported for another one.
  for (const it of packages) discovered.push(await discover(it, options))
  return discovered.map((it, index) => withoutTakenName(it, discovered.slice(0, index)))
}

async function discover(
  found: IntegrationPackage,
  { importModule, descriptors }: DiscoverOptions,
): Promise<DiscoveredIntegration> {
  const { name, manifest } = found
  if (manifest === undefined) return { package: name, requirements: {}, ...problemOf(found.problem) }
  const { version } = manifest
  const known = {
    package: name,
    ...(typeof version === 'string' ? { version } : {}),
    requirements: requirementsOf(manifest),
  }
  try {
    await checkCoreVersion(manifest, name)
    const declared = descriptors === 'if-needed' ? declaredIntegration(manifest) : undefined
    if (declared !== undefined) return { ...known, declared }
    const exports = await importSource(integrationEntry(found, manifest), name, importModule)
    return { ...known, integration: checkIntegration(exports['default'], name) }
  } catch (error) {
    return { ...known, ...problemOf(error) }
  }
}

/** URL of an integration's descriptor. Throws a `FLAVOR_INVALID` error where its package names none that there is. */
export function integrationEntry(
  { name, folder }: Pick<IntegrationPackage, 'name' | 'folder'>,
  { sidestep, exports }: PackageManifest,
): string {
  const { integration } = sidestep as { readonly integration: unknown }
  const manifest = join(folder, 'package.json')
  const hint = `Whoever publishes it writes "sidestep": { "integration": "./integration" }, and exports that.`
  if (typeof integration !== 'string' || !staysInPackage(integration)) {
    throw flavorError(
      name,
      `is damaged: "sidestep.integration" in ${manifest} is no path that begins with ./ and stays in the package`,
      hint,
    )
  }
  const target = exports === undefined || exports === null ? integration : exportTarget(exports, integration)
  if (target === undefined) throw flavorError(name, `is damaged: ${manifest} does not export ${integration}`, hint)
  const path = join(folder, target)
  if (!existsSync(path)) {
    throw flavorError(name, `is damaged: there is no file ${path}`, `npm install ${name} again, or build the package.`)
  }
  return pathToFileURL(path).href
}

function requirementsOf({ peerDependencies, peerDependenciesMeta }: PackageManifest): Readonly<Record<string, string>> {
  const meta = (peerDependenciesMeta ?? {}) as Readonly<Record<string, { readonly optional?: unknown } | undefined>>
  const needed = [...textsOf(peerDependencies)].filter(([name]) => meta[name]?.optional !== true)
  return Object.fromEntries(needed)
}

function withoutTakenName(
  discovered: DiscoveredIntegration,
  before: readonly DiscoveredIntegration[],
): DiscoveredIntegration {
  const { integration, declared, ...rest } = discovered
  const name = (integration ?? declared)?.name
  const taken = before.find((it) => name !== undefined && (it.integration ?? it.declared)?.name === name)
  if (taken === undefined) return discovered
  const what = `has the name ${name} for its integration, and so has ${taken.package}`
  return { ...rest, problem: flavorError(discovered.package, what, 'Uninstall one of the two.') }
}

function problemOf(error: unknown): { readonly problem: SidestepError } {
  const problem = SidestepError.isInstance(error)
    ? error
    : flavorError('an integration', `is damaged: ${messageOf(error)}`, 'Report this to whoever publishes it.', error)
  return { problem }
}
