import { messageOf } from '../errors.ts'
import type { JournalRun } from '../journal/journal.ts'
import { judgeOwner, lastHeardOf, readLauncher, type Owner } from '../journal/owner.ts'
import { thisMachine } from '../machine.ts'
import type { RunOwner } from './run-summary.ts'
import type { RunsPlace } from './runs-place.ts'

/** An owner as it is shown, judged from here and now. */
export function describeOwner(owner: Owner, now: Date): RunOwner {
  const { n, machine, process, at } = owner.record
  return {
    n,
    host: machine.host,
    pid: process.pid,
    at,
    ...(owner.lease === undefined ? {} : { lastHeardAt: lastHeardOf(owner).toISOString() }),
    state: judgeOwner(owner, { machine: thisMachine(), now }),
  }
}

/**
 * The owner of a run as this machine's journal knows it. The artifact store is asked only where its process is no
 * witness: a listing of many runs must not read it for each.
 */
export async function knownOwner(run: JournalRun, place: RunsPlace): Promise<RunOwner | undefined> {
  const { launcher, record } = run
  if (launcher === undefined) return undefined
  const now = place.clock.date()
  const byProcess = describeOwner({ record: launcher }, now)
  if (byProcess.state === 'gone') return byProcess
  try {
    const store = await place.stacks.store(run)
    const owner = await readLauncher(record.runId, launcher.n, store)
    return describeOwner(owner ?? { record: launcher }, now)
  } catch (error) {
    // One store that cannot be reached must not hide all other runs.
    return { ...byProcess, state: 'silent', problem: messageOf(error) }
  }
}
