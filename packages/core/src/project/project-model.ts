import type { FlavorSources } from '../flavor/flavor-registry.ts'
import type { StackComponentType } from '../stack/component.ts'

/** One component of sidestep.yaml. */
export interface ComponentEntry {
  /** Its name among those of the component's type. */
  readonly flavor: string
  /** As it is written: `${env:NAME}` is not replaced. */
  readonly config: Readonly<Record<string, unknown>>
}

/** One stack of sidestep.yaml: names of components. */
export interface StackEntry {
  /** Keeps what steps return. */
  readonly artifactStore: string
  /** Keeps images. */
  readonly containerRegistry?: string
  /** Makes images. */
  readonly imageBuilder?: string
  /** In their order; at least one. */
  readonly stepOperators: readonly string[]
  /** What `stepOperator: true` means. Absent: the only one. */
  readonly defaultStepOperator?: string
}

/** What sidestep.yaml says. Each record has no prototype: a component may be called `constructor`. */
export interface ProjectFile {
  /** Absolute path. */
  readonly path: string
  /** Source paths that the project registered. */
  readonly flavors: FlavorSources
  /** By type and name. */
  readonly components: Readonly<Record<StackComponentType, Readonly<Record<string, ComponentEntry>>>>
  /** By name. */
  readonly stacks: Readonly<Record<string, StackEntry>>
  /** What is used where nobody chooses. */
  readonly activeStack?: string
  /** `sidestep.yaml:12:5` of the nearest written thing on a path such as `['stacks', 'prod', 'artifact_store']`. */
  place(path: readonly (string | number)[]): string
}
