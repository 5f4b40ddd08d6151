import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { readOwner } from '../journal/owner.ts'
import { mirrorRun } from './mirror-run.ts'
import { readRunTree, type RunTree } from './read-run-tree.ts'
import { describeOwner } from './run-owners.ts'
import type { RunStacks } from './run-stacks.ts'
import type { RunsPlace } from './runs-place.ts'
import { parseRunUri, refuseMissingStore } from './store-of-uri.ts'

/** A run that lies in an artifact store. */
export interface StoredRun {
  readonly tree: RunTree
  readonly store: ArtifactStore
}

/**
 * Reads a run by the uri of its folder; makes nothing. Rejects with `CONFIG_INVALID` where the uri is not one of a run or
 * of no known scheme, `RUN_UNKNOWN` where nothing is there, and `ARTIFACT_CORRUPT` where an object of it is damaged.
 */
export async function readRunAt(uri: string, stacks: RunStacks): Promise<StoredRun> {
  const { storeUri, runId } = parseRunUri(uri)
  refuseMissingStore(storeUri, runId)
  const store = await stacks.storeAt(storeUri)
  return { tree: await readRunTree(runId, store), store }
}

/**
 * Takes a run that lies in an artifact store into this machine's journal, and gives its id. Rejects with `RUN_CONFLICT`
 * where the journal has another run of that id.
 */
export async function attachRun({ tree, store }: StoredRun, place: RunsPlace): Promise<string> {
  const { runId } = tree.record
  const known = await place.journal.run(runId)
  // What a launcher itself writes to this very journal is more than the store can tell, and is on its way.
  const owner = known?.storeUri === store.uri ? await readOwner(runId, store) : undefined
  if (known !== undefined && owner?.record.journalId === place.journal.id) {
    if (describeOwner(owner, place.clock.date()).state === 'alive') return runId
  }
  await mirrorRun(tree, store.uri, place)
  return runId
}
