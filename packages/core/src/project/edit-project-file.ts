import type { StackComponentType } from '../stack/component.ts'
import type { ComponentEntry, ProjectFile, StackEntry } from './project-file.ts'

/** Changes to sidestep.yaml. Each throws a `config` error where it cannot be made, and then none is written. */
export interface ProjectFileEdit {
  /** What the file says now, the changes made so far included. */
  readonly file: ProjectFile
  /** `NAME_TAKEN` where there is one of the name with another source. */
  addFlavor(type: StackComponentType, flavor: string, source: string): void
  /** `COMPONENT_IN_USE` where components have it. */
  deleteFlavor(type: StackComponentType, flavor: string): void
  /** `NAME_INVALID`, `NAME_TAKEN`. */
  addComponent(type: StackComponentType, name: string, entry: ComponentEntry): void
  /** Sets and removes keys of the configuration; the rest keeps its comments and order. */
  updateComponent(
    type: StackComponentType,
    name: string,
    change: { readonly set?: Readonly<Record<string, unknown>>; readonly unset?: readonly string[] },
  ): void
  /** Stacks that name it follow. */
  renameComponent(type: StackComponentType, name: string, newName: string): void
  copyComponent(type: StackComponentType, name: string, newName: string): void
  /** `COMPONENT_IN_USE` where stacks name it. */
  deleteComponent(type: StackComponentType, name: string): void
  addStack(name: string, entry: StackEntry): void
  /** What is given replaces what was; `undefined` removes. */
  updateStack(name: string, change: { readonly [K in keyof StackEntry]?: StackEntry[K] | undefined }): void
  renameStack(name: string, newName: string): void
  copyStack(name: string, newName: string): void
  deleteStack(name: string): void
  setActiveStack(name: string | undefined): void
}

/**
 * Changes sidestep.yaml, or makes it. Comments, order and what else is in the file stay; the file is replaced as a whole.
 * Who edits at the same time is waited for, 30 seconds at most, and a file that somebody saved in the meantime is read
 * and changed again: `change` may be called more than once. Rejects with `CONFIG_INVALID` where the file is not valid
 * before, or cannot be written; then it stays as it was.
 */
export async function editProjectFile(
  path: string,
  change: (edit: ProjectFileEdit) => void | Promise<void>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ProjectFile> {
  // What parses YAML and asks the system for processes is loaded by those who edit only.
  const [{ ProjectFileChanges }, { replaceProjectFile }] = await Promise.all([
    import('./project-file-changes.ts'),
    import('./replace-project-file.ts'),
  ])
  let file: ProjectFile | undefined
  await replaceProjectFile(
    path,
    async (text) => {
      const changes = new ProjectFileChanges(path, text ?? NEW_FILE)
      await change(changes)
      file = changes.file
      return changes.text
    },
    options,
  )
  if (file === undefined) throw new Error('the file was not read')
  return file
}

const NEW_FILE = `# yaml-language-server: $schema=.sidestep/sidestep.schema.json
# The stacks of this project and what they are composed of. Edited by hand or by \`sidestep stack\`; it holds no secrets.

`
