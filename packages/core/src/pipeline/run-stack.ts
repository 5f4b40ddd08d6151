import { ArtifactStore } from '../artifact/artifact-store.ts'
import { configError } from '../errors.ts'
import { restoreStack } from '../flavor/restore-stack.ts'
import type { Stack } from '../stack/stack.ts'
import type { StackDescription } from '../stack/stack-description.ts'
import { loadDefaultStack } from './default-stack.ts'

export interface RunStackOptions {
  /** Given by the caller: it wins. */
  readonly stack: Stack | undefined
  /** Stored with the run that is to go on. */
  readonly description: StackDescription | undefined
  readonly home: string
  readonly projectFolder: string
  /** Files or file URLs from which packages are looked for, in this order. */
  readonly places: readonly string[]
}

/** The stack of a run: the one that is given, else the one that the run began with, else this machine. */
export async function stackOfRun(options: RunStackOptions): Promise<Stack> {
  const { stack, description, home, projectFolder, places } = options
  if (stack !== undefined) return stack
  if (description === undefined) return loadDefaultStack(home, places)
  return restoreStack(description, { projectFolder, packagesFrom: places })
}

/** The stack's artifact store. Rejects with `COMPONENT_INVALID` where it is none. */
export async function artifactStoreOf(stack: Stack): Promise<ArtifactStore> {
  const store = await stack.artifactStore()
  if (ArtifactStore.isArtifactStore(store)) return store
  throw configError('COMPONENT_INVALID', `the artifact store of the stack ${stack.name} does not extend ArtifactStore`)
}
