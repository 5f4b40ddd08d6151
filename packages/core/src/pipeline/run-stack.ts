import { ArtifactStore } from '../artifact/artifact-store.ts'
import { configError } from '../errors.ts'
import type { ImportModule } from '../flavor/load-source.ts'
import { restoreStack } from '../flavor/restore-stack.ts'
import { loadDefaultStack } from '../project/default-stack.ts'
import { openProject } from '../project/project.ts'
import type { Stack } from '../stack/stack.ts'
import type { StackDescription } from '../stack/stack-description.ts'

export interface RunStackOptions {
  /** Given by the caller: it wins. */
  readonly stack: Stack | undefined
  /** Stored with the run that is to go on. */
  readonly description: StackDescription | undefined
  readonly home: string
  readonly projectFolder: string
  /** Files or file URLs from which packages are looked for, in this order. */
  readonly places: readonly string[]
  /** Of flavors. Default: as Node does. */
  readonly importModule: ImportModule | undefined
}

/**
 * The stack of a run: the one that is given, else the one that the run began with, else the active one of the project of
 * the working directory, which is this machine where nothing says otherwise. Rejects with `STACK_UNKNOWN` where the
 * active one does not exist, with `CONFIG_INVALID` where sidestep.yaml is not right.
 */
export async function stackOfRun(options: RunStackOptions): Promise<Stack> {
  const { stack, description, home, projectFolder, places, importModule } = options
  if (stack !== undefined) return stack
  const loading = { packagesFrom: places, ...(importModule === undefined ? {} : { importModule }) }
  if (description !== undefined) return restoreStack(description, { projectFolder, ...loading })
  const project = openProject(loading)
  const { name, from } = await project.activeStack()
  return from === 'built-in' ? loadDefaultStack(home, places) : project.stack(name)
}

/** The stack's artifact store. Rejects with `COMPONENT_INVALID` where it is none. */
export async function artifactStoreOf(stack: Stack): Promise<ArtifactStore> {
  const store = await stack.artifactStore()
  if (ArtifactStore.isArtifactStore(store)) return store
  throw configError('COMPONENT_INVALID', `the artifact store of the stack ${stack.name} does not extend ArtifactStore`)
}
