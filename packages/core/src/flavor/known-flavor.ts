import type { SidestepError } from '../errors.ts'
import type { StackComponentType } from '../stack/component.ts'

/** Source paths by type and flavor, as `flavors` of sidestep.yaml has them. */
export type FlavorSources = Readonly<Partial<Record<StackComponentType, Readonly<Record<string, string>>>>>

/** A flavor as lists show it. */
export interface KnownFlavor {
  /** What it implements. */
  readonly type: StackComponentType
  /** Its name among those of its type. */
  readonly flavor: string
  /** One line: what it runs on, or where it keeps things. */
  readonly summary?: string
  /** Name of the integration. Absent: the project registered it by its source path. */
  readonly integration?: string
  /** Of the integration's package. */
  readonly version?: string
  /** A package, or a source path. */
  readonly source: string
  /** `missing`: its package is not installed. `planned`: there is no such package yet. `damaged`: see `problem`. */
  readonly state: 'installed' | 'missing' | 'planned' | 'damaged'
  /** What installs it, where it is missing, or what will, where it is planned: `npm install @sidestep/vertex`. */
  readonly install?: string
  /** Why it is damaged, and how to mend it. */
  readonly problem?: SidestepError
}

/** An integration as lists show it. */
export interface KnownIntegration {
  /** As its `defineIntegration()` says. */
  readonly name: string
  /** On npm. */
  readonly package: string
  /** Of the installed package. */
  readonly version?: string
  /** What it brings, or will bring. */
  readonly flavors: readonly { readonly type: StackComponentType; readonly flavor: string }[]
  /** `missing`: it is not installed. `planned`: there is no such package yet. `damaged`: see `problem`. */
  readonly state: 'installed' | 'missing' | 'planned' | 'damaged'
  /** What installs it, where it is missing, or what will, where it is planned. */
  readonly install?: string
  /** What its users install with it, by package: the version ranges of its peer dependencies. */
  readonly requirements: Readonly<Record<string, string>>
  /** Why it is damaged, and how to mend it. */
  readonly problem?: SidestepError
}
