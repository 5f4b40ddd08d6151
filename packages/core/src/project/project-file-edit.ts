import type { StackComponentType } from '../stack/component.ts'
import type { ComponentEntry, ProjectFile, StackEntry } from './project-file.ts'

/** Changes to sidestep.yaml. Each throws a `config` error where it cannot be made, and then none is written. */
export interface ProjectFileEdit {
  /** What the file says now, the changes made so far included. */
  readonly file: ProjectFile
  /**
   * `NAME_INVALID`; `FLAVOR_INVALID` where the source is no source path; `NAME_TAKEN` where there is another one, unless
   * it is to be replaced.
   */
  addFlavor(type: StackComponentType, flavor: string, source: string, options?: { readonly replace?: boolean }): void
  /** `FLAVOR_UNKNOWN` where it is not registered; `COMPONENT_IN_USE` where components have it. */
  deleteFlavor(type: StackComponentType, flavor: string): void
  /** `NAME_INVALID`, `NAME_TAKEN`; `CONFIG_INVALID` where the configuration holds a secret, or what is no JSON. */
  addComponent(type: StackComponentType, name: string, entry: ComponentEntry): void
  /**
   * Sets and removes keys of the configuration; the rest keeps its comments and order. `COMPONENT_UNKNOWN`;
   * `CONFIG_INVALID` as of `addComponent`, and where a key to remove is not there.
   */
  updateComponent(
    type: StackComponentType,
    name: string,
    change: { readonly set?: Readonly<Record<string, unknown>>; readonly unset?: readonly string[] },
  ): void
  /** Stacks that name it follow. `COMPONENT_UNKNOWN`, `NAME_INVALID`, `NAME_TAKEN`. */
  renameComponent(type: StackComponentType, name: string, newName: string): void
  /** `COMPONENT_UNKNOWN`, `NAME_INVALID`, `NAME_TAKEN`. */
  copyComponent(type: StackComponentType, name: string, newName: string): void
  /** `COMPONENT_UNKNOWN`; `COMPONENT_IN_USE` where stacks name it. */
  deleteComponent(type: StackComponentType, name: string): void
  /**
   * `NAME_INVALID`, `NAME_TAKEN`; `STACK_INVALID` where it lacks a part, or its default operator is none of its own;
   * `COMPONENT_UNKNOWN` where it names what is not there.
   */
  addStack(name: string, entry: StackEntry): void
  /**
   * What is given replaces what was; `undefined` removes. `STACK_UNKNOWN`; `STACK_INVALID` and `COMPONENT_UNKNOWN` as of
   * `addStack`.
   */
  updateStack(name: string, change: { readonly [K in keyof StackEntry]?: StackEntry[K] | undefined }): void
  /** `active_stack` follows. `STACK_UNKNOWN`, `NAME_INVALID`, `NAME_TAKEN`. */
  renameStack(name: string, newName: string): void
  /** `STACK_UNKNOWN`, `NAME_INVALID`, `NAME_TAKEN`. */
  copyStack(name: string, newName: string): void
  /** `STACK_UNKNOWN`; `COMPONENT_IN_USE` where it is `active_stack`. */
  deleteStack(name: string): void
  /** `undefined` removes the key. `STACK_UNKNOWN`. */
  setActiveStack(name: string | undefined): void
}
