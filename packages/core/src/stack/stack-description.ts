import type { StackComponentType } from './component.ts'

/** A stack as plain JSON: enough to make it again in another process. */
export interface StackDescription {
  /** Of the stack. */
  readonly name: string
  /** True for the stack of a project that configures none. */
  readonly builtIn?: true
  /** Keeps what steps return. */
  readonly artifactStore: ComponentDescription
  /** By the names that steps use. */
  readonly stepOperators: Readonly<Record<string, ComponentDescription>>
  /** Keeps images. */
  readonly containerRegistry?: ComponentDescription
  /** Makes images. */
  readonly imageBuilder?: ComponentDescription
  /** What `stepOperator: true` means. */
  readonly defaultStepOperator?: string
}

/** The operator that answers for a name: the one that has it, else the one for every name. */
export function describedOperator({ stepOperators }: StackDescription, name: string): ComponentDescription | undefined {
  // A name may be that of what every object has, such as `constructor`.
  return Object.hasOwn(stepOperators, name) ? stepOperators[name] : stepOperators['*']
}

/** One component as plain JSON. */
export interface ComponentDescription {
  /** What it is a component of. */
  readonly type: StackComponentType
  /** Its name among those of its type. */
  readonly flavor: string
  /** Where the flavor can be imported from. Absent: it cannot be told, so the component cannot be made again. */
  readonly source?: FlavorSource
  /** As it was given, before validation. Absent: JSON cannot hold it, or it holds a secret, so the component cannot be made again. */
  readonly config?: object
}

/** A module that exports a flavor: a package or one of its entries, or a file, relative to the project's folder. */
export type FlavorSource = ({ readonly package: string } | { readonly file: string }) & {
  /** By which name. Absent: it is found by its type and flavor. */
  readonly export?: string
}
