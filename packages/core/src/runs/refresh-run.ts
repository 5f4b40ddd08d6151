import { endKey } from '../artifact/layout.ts'
import { readOwner } from '../journal/owner.ts'
import type { JournalRun } from '../journal/journal.ts'
import type { RunEnd } from '../journal/run-record.ts'
import { mirrorRun } from './mirror-run.ts'
import { readRunTree } from './read-run-tree.ts'
import { decodeRunObject } from './run-object-schemas.ts'
import { describeOwner } from './run-owners.ts'
import { hasEnded, type RunOwner } from './run-summary.ts'
import type { RunsPlace } from './runs-place.ts'

export interface FreshRun {
  readonly run: JournalRun
  /** Absent where it has ended, or no launcher ever took it. */
  readonly owner?: RunOwner
}

/**
 * What is true of a run now: where the journal does not know how it ended, the artifact store is asked, and what
 * happened on other machines is taken over into the journal.
 */
export async function refreshRun(run: JournalRun, place: RunsPlace): Promise<FreshRun> {
  if (hasEnded(run)) return { run }
  const { journal, stacks, clock } = place
  const { runId } = run.record
  const store = await stacks.store(run)
  const found = await readOwner(runId, store)
  if (found === undefined) return { run }
  const owner = describeOwner(found, clock.date())
  const { n } = found.record
  const bytes = await store.get(endKey(runId, n))
  const end =
    bytes === undefined ? undefined : (decodeRunObject('end', bytes, `${store.uri}/${endKey(runId, n)}`) as RunEnd)
  if (found.record.journalId !== journal.id) {
    const mirrored = await mirrorRun(await readRunTree(runId, store), run.storeUri, place)
    return hasEnded(mirrored) ? { run: mirrored } : { run: mirrored, owner }
  }
  // Its launcher died after it had said so in the store, and before it could in the journal.
  if (end !== undefined && owner.state !== 'alive') {
    const writer = await journal.launcher(runId, found.record)
    await writer.end(end)
    return { run: (await journal.run(runId)) ?? run }
  }
  return { run, owner }
}
