import { dirname } from 'node:path'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { endKey } from '../artifact/layout.ts'
import { configError } from '../errors.ts'
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
export async function refreshRun(runId: string, place: RunsPlace): Promise<FreshRun> {
  const { journal, stacks, clock } = place
  const run = await knownRun(runId, place)
  if (hasEnded(run)) return { run }
  const store = await stacks.store(run)
  const found = await readOwner(runId, store)
  if (found === undefined) return { run }
  const owner = describeOwner(found, clock.date())
  const { n } = found.record
  if (found.record.journalId !== journal.id) {
    const mirrored = await mirrorRun(await readRunTree(runId, store), run.storeUri, place)
    return hasEnded(mirrored) ? { run: mirrored } : { run: mirrored, owner }
  }
  const end = await storedEnd(runId, n, store)
  if (end === undefined) return { run, owner }
  // Its launcher died after it had said so in the store, and before it could in the journal. One that lives will.
  if (owner.state !== 'alive') await (await journal.launcher(runId, found.record)).end(end)
  return { run: { ...run, fence: n, end } }
}

/** The run with this very id. Throws `RUN_UNKNOWN`. */
export async function knownRun(runId: string, { journal }: RunsPlace): Promise<JournalRun> {
  const run = await journal.run(runId)
  if (run !== undefined) return run
  throw configError('RUN_UNKNOWN', `there is no run ${runId} in ${dirname(journal.path)}`, 'See `sidestep runs list`.')
}

async function storedEnd(runId: string, n: number, store: ArtifactStore): Promise<RunEnd | undefined> {
  const key = endKey(runId, n)
  const bytes = await store.get(key)
  return bytes === undefined ? undefined : (decodeRunObject('end', bytes, `${store.uri}/${key}`) as RunEnd)
}
