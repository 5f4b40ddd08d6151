import { join } from 'node:path'

import { SidestepError } from '../errors.ts'
import { COMPONENT_TYPES, type StackComponentType } from '../stack/component.ts'
import { oneOfType } from '../stack/component-type.ts'
import type { Flavor } from './define-flavor.ts'
import type { DiscoveredIntegration } from './discover-integrations.ts'
import { flavorError } from './flavor-error.ts'
import type { FlavorSources, KnownFlavor, KnownIntegration } from './known-flavor.ts'
import { LISTED_INTEGRATIONS, type ListedIntegration } from './known-integrations.ts'
import { locateManifest } from './locate-package.ts'
import { locateFile } from './locate-source.ts'
import { isFilePath, parseSourcePath, splitSpecifier } from './source-path.ts'

/** A row of the list, with the flavor where its descriptor is loaded. */
export interface RegistryEntry {
  readonly row: KnownFlavor
  readonly flavor?: Flavor<StackComponentType, object>
}

/** Every flavor, each type and name once, unless several claim it: then each of those is damaged. */
export function registryEntries(
  discovered: readonly DiscoveredIntegration[],
  sources: FlavorSources,
  projectFolder: string,
): readonly RegistryEntry[] {
  const found = [
    ...discovered.flatMap(entriesOfIntegration),
    ...COMPONENT_TYPES.flatMap((type) =>
      Object.entries(sources[type] ?? {}).map(([flavor, source]) => ({
        row: rowOfSource(type, flavor, source, projectFolder),
      })),
    ),
  ]
  const byName = Map.groupBy(found, ({ row }) => keyOf(row))
  const taken = [...byName.values()].flatMap((entries) => (entries.length === 1 ? entries : clash(entries)))
  const rest = notInstalled(discovered)
    .flatMap(({ rows }) => rows)
    .filter((row) => !byName.has(keyOf(row)))
  return [...taken, ...rest.map((row) => ({ row }))]
}

/** Integrations that are installed, then the rest of those that are known. */
export function registryIntegrations(discovered: readonly DiscoveredIntegration[]): readonly KnownIntegration[] {
  const installed = discovered.map((it): KnownIntegration => {
    const { package: name, version, requirements, problem } = it
    const integration = it.integration ?? it.declared
    const flavors = integration?.flavors ?? listedAs(name)?.flavors ?? []
    return {
      name: integration?.name ?? listedAs(name)?.name ?? name,
      package: name,
      ...(version === undefined ? {} : { version }),
      flavors: flavors.map(({ type, flavor }) => ({ type, flavor })),
      state: problem === undefined ? 'installed' : 'damaged',
      requirements,
      ...(problem === undefined ? {} : { problem }),
    }
  })
  return [...installed, ...notInstalled(discovered).map(({ integration }) => integration)]
}

function entriesOfIntegration(discovered: DiscoveredIntegration): RegistryEntry[] {
  const { package: source, version, integration, declared, problem } = discovered
  const common = { source, ...(version === undefined ? {} : { version }) }
  if (integration !== undefined) {
    return integration.flavors.map((it) => {
      const { type, flavor, summary } = it
      const shown = summary === undefined ? {} : { summary }
      return {
        row: { type, flavor, ...shown, integration: integration.name, ...common, state: 'installed' },
        flavor: it,
      }
    })
  }
  if (declared !== undefined) {
    return declared.flavors.map((it) => ({
      row: { ...it, integration: declared.name, ...common, state: 'installed' },
    }))
  }
  // What a damaged package brings is known of Sidestep's own alone.
  const listed = listedAs(source)
  return (listed?.flavors ?? []).map((it) => ({
    row: {
      ...it,
      integration: listed?.name ?? source,
      ...common,
      state: 'damaged',
      ...(problem === undefined ? {} : { problem }),
    },
  }))
}

/** Says what can be said without importing it. */
function rowOfSource(type: StackComponentType, flavor: string, source: string, projectFolder: string): KnownFlavor {
  const row = { type, flavor, source }
  try {
    const { module } = parseSourcePath(source)
    if (isFilePath(module)) {
      locateFile(module, projectFolder)
      return { ...row, state: 'installed' }
    }
    const { name } = splitSpecifier(module)
    // As what loads it looks: the project's own package may name itself.
    const isInstalled = locateManifest(name, join(projectFolder, 'package.json')) !== undefined
    return isInstalled ? { ...row, state: 'installed' } : { ...row, state: 'missing', install: `npm install ${name}` }
  } catch (error) {
    const problem = SidestepError.isInstance(error)
      ? error
      : flavorError(source, 'cannot be read', 'See the cause.', error)
    return { ...row, state: 'damaged', problem }
  }
}

function clash(entries: readonly RegistryEntry[]): RegistryEntry[] {
  return entries.map(({ row }) => {
    const others = entries.map((it) => it.row.source).filter((source) => source !== row.source)
    const problem = flavorError(
      row.source,
      `has ${oneOfType(row.type)} of the name ${row.flavor}, and so has ${others.join(' and ')}`,
      row.integration === undefined
        ? 'Delete what you registered, or give your own another FLAVOR and register it by that.'
        : 'Uninstall one of the packages, or give your own flavor another name.',
    )
    return { row: { ...row, state: 'damaged', problem } }
  })
}

function notInstalled(
  discovered: readonly DiscoveredIntegration[],
): readonly { readonly integration: KnownIntegration; readonly rows: readonly KnownFlavor[] }[] {
  const installed = new Set(discovered.map((it) => it.package))
  return LISTED_INTEGRATIONS.filter((it) => !installed.has(it.package)).map((it) => {
    const { name, package: source, flavors } = it
    const state = { state: it.published ? 'missing' : 'planned', install: `npm install ${source}` } as const
    const described = flavors.map(({ type, flavor }) => ({ type, flavor }))
    return {
      integration: { name, package: source, flavors: described, requirements: {}, ...state },
      rows: flavors.map((flavor) => ({ ...flavor, integration: name, source, ...state })),
    }
  })
}

function listedAs(packageName: string): ListedIntegration | undefined {
  return LISTED_INTEGRATIONS.find((it) => it.package === packageName)
}

function keyOf({ type, flavor }: { readonly type: string; readonly flavor: string }): string {
  return `${type} ${flavor}`
}
