import type { FlavorSources } from '../flavor/flavor-registry.ts'
import type { StackComponentType } from '../stack/component.ts'

/** One component of sidestep.yaml. */
export interface ComponentEntry {
  readonly flavor: string
  /** As it is written: `${env:NAME}` is not replaced. */
  readonly config: Readonly<Record<string, unknown>>
}

/** One stack of sidestep.yaml: names of components. */
export interface StackEntry {
  readonly artifactStore: string
  readonly containerRegistry?: string
  readonly imageBuilder?: string
  /** In their order; at least one. */
  readonly stepOperators: readonly string[]
  readonly defaultStepOperator?: string
}

/** What sidestep.yaml says. Each record has no prototype: a component may be called `constructor`. */
export interface ProjectFile {
  /** Absolute path. */
  readonly path: string
  readonly flavors: FlavorSources
  readonly components: Readonly<Record<StackComponentType, Readonly<Record<string, ComponentEntry>>>>
  readonly stacks: Readonly<Record<string, StackEntry>>
  readonly activeStack?: string
  /** `sidestep.yaml:12:5` of the nearest written thing on a path such as `['stacks', 'prod', 'artifact_store']`. */
  place(path: readonly (string | number)[]): string
}
