import { concurrently } from '../artifact/concurrently.ts'
import { launcherKey } from '../artifact/layout.ts'
import { messageOf } from '../errors.ts'
import type { JournalRun } from '../journal/journal.ts'
import { readLauncher } from '../journal/owner.ts'
import type { LauncherRecord } from '../journal/run-record.ts'
import { refreshRun, type FreshRun } from './refresh-run.ts'
import { describeOwner } from './run-owners.ts'
import { hasEnded } from './run-summary.ts'
import type { RunsPlace } from './runs-place.ts'

const AT_ONCE = 16

/**
 * Runs for a listing, in their order. Those that have ended cost nothing. Of the others the artifact store is asked
 * for the last sign of the launcher, or, where its process is gone, whether there is a later one: on another machine,
 * somebody may have gone on. A store that gives no answer is asked no more: what the journal knows is told then.
 */
export async function glanceAtRuns(runs: readonly JournalRun[], place: RunsPlace): Promise<readonly FreshRun[]> {
  const silentStores = new Map<string, unknown>()
  return concurrently(runs, AT_ONCE, async (run): Promise<FreshRun> => {
    const { launcher, storeUri } = run
    if (hasEnded(run) || launcher === undefined) return { run }
    try {
      if (silentStores.has(storeUri)) throw silentStores.get(storeUri)
      return await glanceAt(run, launcher, place)
    } catch (error) {
      // One store that cannot be reached must not hide all other runs.
      silentStores.set(storeUri, error)
      const owner = describeOwner({ record: launcher }, place.clock.date())
      return { run, owner: owner.state === 'gone' ? owner : { ...owner, state: 'silent', problem: messageOf(error) } }
    }
  })
}

async function glanceAt(run: JournalRun, launcher: LauncherRecord, place: RunsPlace): Promise<FreshRun> {
  const { runId } = run.record
  const now = place.clock.date()
  const byProcess = describeOwner({ record: launcher }, now)
  const store = await place.stacks.store(run)
  if (byProcess.state !== 'gone') {
    return { run, owner: describeOwner((await readLauncher(runId, launcher.n, store)) ?? { record: launcher }, now) }
  }
  const next = await store.stat(launcherKey(runId, launcher.n + 1))
  return next === undefined ? { run, owner: byProcess } : refreshRun(runId, place)
}
