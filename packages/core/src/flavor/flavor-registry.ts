import { configError, type SidestepError } from '../errors.ts'
import { nearestName } from '../nearest-name.ts'
import { quoted } from '../stack/component-name.ts'
import { COMPONENT_TYPES, type StackComponentType } from '../stack/component.ts'
import { typeWords } from '../stack/component-type.ts'
import type { Flavor } from './define-flavor.ts'
import { discoverIntegrations, type DiscoveredIntegration } from './discover-integrations.ts'
import { flavorError } from './flavor-error.ts'
import type { FlavorSources, KnownFlavor, KnownIntegration } from './known-flavor.ts'
import { loadSource, type ImportModule } from './load-source.ts'
import { registryEntries, registryIntegrations, type RegistryEntry } from './registry-entries.ts'

export type { FlavorSources, KnownFlavor, KnownIntegration } from './known-flavor.ts'

/** Where flavors are looked for. */
export interface RegistryOptions {
  /** Folder of the project: its package.json names the packages that may bring flavors. */
  readonly projectFolder: string
  /** Registered by the project itself. */
  readonly sources?: FlavorSources
  /** Files or file URLs from whose own dependencies packages are looked for last: the CLI offers its copy of `@sidestep/local`. */
  readonly packagesFrom?: readonly string[]
  /** Default: `import()`. */
  readonly importModule?: ImportModule
  /**
   * `'if-needed'`, for a list: descriptors are imported of those packages alone whose manifest does not say what they
   * bring. Whether the others load is not known then. Default: all.
   */
  readonly descriptors?: 'all' | 'if-needed'
}

/** The flavors that a project can use: those of installed integrations, and those that it registered itself. */
export class FlavorRegistry {
  readonly #options: RegistryOptions
  readonly #entries: readonly RegistryEntry[]
  readonly #integrations: readonly KnownIntegration[]

  private constructor(options: RegistryOptions, discovered: readonly DiscoveredIntegration[]) {
    const { sources = {}, projectFolder } = options
    this.#options = options
    this.#entries = registryEntries(discovered, sources, projectFolder).toSorted((a, b) => compare(a.row, b.row))
    this.#integrations = registryIntegrations(discovered)
  }

  /**
   * Reads manifests and imports descriptors; no flavor is loaded. Something damaged becomes a row with its problem.
   * Rejects with `CONFIG_INVALID` where the project's own package.json cannot be read.
   */
  static async open(options: RegistryOptions): Promise<FlavorRegistry> {
    return new FlavorRegistry(options, await discoverIntegrations(options))
  }

  /** Sorted by type in the order of `COMPONENT_TYPES`, then by name. */
  list(type?: StackComponentType): readonly KnownFlavor[] {
    return this.#entries.map(({ row }) => row).filter((row) => type === undefined || row.type === type)
  }

  /** Those that are installed, then the rest of those that are known. */
  integrations(): readonly KnownIntegration[] {
    return this.#integrations
  }

  /**
   * The flavor of a type and name. Rejects with `FLAVOR_UNKNOWN` and the nearest name where there is none, with the
   * command that installs it where it is known; with `FLAVOR_INVALID` where it is damaged.
   */
  async get<T extends StackComponentType>(type: T, flavor: string): Promise<Flavor<T, object>> {
    if (this.#options.descriptors === 'if-needed') {
      const complete = await FlavorRegistry.open({ ...this.#options, descriptors: 'all' })
      return complete.get(type, flavor)
    }
    const entry = this.#entries.find(({ row }) => row.type === type && row.flavor === flavor)
    if (entry === undefined) throw this.#unknown(type, flavor)
    const { row } = entry
    if (row.problem !== undefined) throw row.problem
    if (row.state === 'missing' || row.state === 'planned') throw notInstalled(row)
    return (entry.flavor ?? (await this.#load(row))) as Flavor<T, object>
  }

  async #load({ type, flavor, source }: KnownFlavor): Promise<Flavor<StackComponentType, object>> {
    const { projectFolder, importModule } = this.#options
    const options = { projectFolder, type, ...(importModule === undefined ? {} : { importModule }) }
    const loaded = await loadSource(source, options)
    if (loaded.flavor === flavor) return loaded
    throw flavorError(
      source,
      `is registered as ${flavor}, and its own name is ${loaded.flavor}`,
      `Register it as ${loaded.flavor}, or change its FLAVOR.`,
    )
  }

  #unknown(type: StackComponentType, flavor: string): SidestepError {
    const rows = this.list(type)
    const names = rows.filter(({ state }) => state === 'installed').map((row) => row.flavor)
    const nearest = nearestName(
      flavor,
      rows.map((row) => row.flavor),
    )
    const others = this.list().filter((row) => row.flavor === flavor && row.type !== type)
    const damaged = this.#integrations.filter(({ state, flavors }) => state === 'damaged' && flavors.length === 0)
    const hints = [
      ...others.map((row) => `${flavor} is a flavor of another type: ${typeWords(row.type)}.`),
      ...(nearest === undefined ? [] : [`Did you mean ${nearest}?`]),
      names.length === 0 ? 'No flavor of that type is installed.' : `Installed: ${names.join(', ')}.`,
      ...damaged.map(({ problem }) => `What a damaged package brings is not known: ${problem?.message ?? ''}.`),
    ]
    return configError('FLAVOR_UNKNOWN', `there is no ${typeWords(type)} flavor ${quoted(flavor)}`, hints.join(' '))
  }
}

function notInstalled({ type, flavor, source, state, install }: KnownFlavor): SidestepError {
  return state === 'planned'
    ? configError(
        'FLAVOR_UNKNOWN',
        `the ${typeWords(type)} flavor ${flavor} will come with ${source}, which is not published yet`,
        `Once published: ${install}. Until then, use another flavor, or write one: a class that extends a base class of @sidestep/core, registered by its source path.`,
      )
    : configError(
        'FLAVOR_UNKNOWN',
        `the ${typeWords(type)} flavor ${flavor} comes with ${source}, which is not installed`,
        install,
      )
}

function compare(a: KnownFlavor, b: KnownFlavor): number {
  const byType = COMPONENT_TYPES.indexOf(a.type) - COMPONENT_TYPES.indexOf(b.type)
  if (byType !== 0 || a.flavor === b.flavor) return byType
  return a.flavor < b.flavor ? -1 : 1
}
