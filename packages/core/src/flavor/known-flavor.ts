import type { SidestepError } from '../errors.ts'
import type { StackComponentType } from '../stack/component.ts'

/** Source paths by type and flavor, as `flavors` of sidestep.yaml has them. */
export type FlavorSources = Readonly<Partial<Record<StackComponentType, Readonly<Record<string, string>>>>>

/** A flavor as lists show it. */
export interface KnownFlavor {
  readonly type: StackComponentType
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
  /** What installs it, where it is missing: `npm install @sidestep/sagemaker`. */
  readonly install?: string
  readonly problem?: SidestepError
}

/** An integration as lists show it. */
export interface KnownIntegration {
  readonly name: string
  readonly package: string
  readonly version?: string
  readonly flavors: readonly { readonly type: StackComponentType; readonly flavor: string }[]
  readonly state: 'installed' | 'missing' | 'planned' | 'damaged'
  readonly install?: string
  /** What its users install with it, by package: the version ranges of its peer dependencies. */
  readonly requirements: Readonly<Record<string, string>>
  readonly problem?: SidestepError
}
