import type { StackComponentType } from './component.ts'

/** A stack as plain JSON: enough to make it again in another process. */
export interface StackDescription {
  readonly name: string
  /** True for the stack of a project that configures none. */
  readonly builtIn?: true
  readonly artifactStore: ComponentDescription
  readonly stepOperators: Readonly<Record<string, ComponentDescription>>
  readonly containerRegistry?: ComponentDescription
  readonly imageBuilder?: ComponentDescription
  readonly defaultStepOperator?: string
}

/** One component as plain JSON. */
export interface ComponentDescription {
  readonly type: StackComponentType
  readonly flavor: string
  /** Where the flavor can be imported from. Absent: it cannot be told, so the component cannot be made again. */
  readonly source?: FlavorSource
  /** As it was given, before validation. Absent: JSON cannot hold it, so the component cannot be made again. */
  readonly config?: object
}

/** A module that exports a flavor: a package, or a file of the project. */
export type FlavorSource = { readonly package: string } | { readonly file: string }
