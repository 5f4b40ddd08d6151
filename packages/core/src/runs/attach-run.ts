import { readOwner } from '../journal/owner.ts'
import { mirrorRun } from './mirror-run.ts'
import { readRunTree } from './read-run-tree.ts'
import { describeOwner } from './run-owners.ts'
import type { RunsPlace } from './runs-place.ts'
import { parseRunUri } from './store-of-uri.ts'

/**
 * Takes a run that lies in an artifact store into this machine's journal, and gives its id. Rejects with `CONFIG_INVALID` where the uri is
 * not one of a run or of no known scheme, `RUN_UNKNOWN` where nothing is there, `RUN_CONFLICT` where the journal has
 * another run of that id, and `ARTIFACT_CORRUPT` where an object of it is damaged.
 */
export async function attachRun(uri: string, place: RunsPlace): Promise<string> {
  const { storeUri, runId } = parseRunUri(uri)
  const store = await place.stacks.storeAt(storeUri)
  const tree = await readRunTree(runId, store)
  const known = await place.journal.run(runId)
  // What a launcher itself writes to this very journal is more than the store can tell, and is on its way.
  const owner = known?.storeUri === store.uri ? await readOwner(runId, store) : undefined
  if (known !== undefined && owner?.record.journalId === place.journal.id) {
    if (describeOwner(owner, place.clock.date()).state === 'alive') return runId
  }
  await mirrorRun(tree, store.uri, place)
  return runId
}
