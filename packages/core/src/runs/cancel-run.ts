import { encodeJson } from '../artifact/json-object.ts'
import { cancelKey } from '../artifact/layout.ts'
import type { JournalRun } from '../journal/journal.ts'
import { endAbandonedRun } from './end-abandoned-run.ts'
import { refreshRun, type FreshRun } from './refresh-run.ts'
import { hasEnded, type RunOwner } from './run-summary.ts'
import type { RunsPlace } from './runs-place.ts'
import { silentOwner } from './silent-owner.ts'

/** How a run is ended from outside. */
export interface CancelRunOptions {
  /** Also a run whose launcher gives no sign: somebody says that it is gone. */
  readonly takeOver?: boolean
  /** Ends the waiting; the run may have been told to stop already. */
  readonly signal?: AbortSignal
  /** Told of progress, a line at a time. */
  readonly onEvent?: (text: string) => void
}

/** How often the end that was asked for is looked for, in milliseconds. */
const LOOK_MS = 1_000

/**
 * Ends a run: its launcher is asked to; where that is gone, it is done here. Resolves when the run has ended, however;
 * one that had ended stays as it is. Rejects with `RUN_OWNED` where its launcher is silent.
 */
export async function cancelRun(runId: string, place: RunsPlace, options: CancelRunOptions): Promise<JournalRun> {
  const { takeOver = false, signal = new AbortController().signal, onEvent = () => undefined } = options
  for (let fresh = await refreshRun(runId, place); ; fresh = await refreshRun(runId, place)) {
    signal.throwIfAborted()
    if (hasEnded(fresh.run)) return fresh.run
    const { run, owner } = fresh
    if (owner?.state === 'alive') await askOwner(run, owner, place, { signal, onEvent })
    else if (owner?.state === 'silent' && !takeOver) throw silentOwner(runId, owner)
    else await endAbandonedRun(run, place, { takeOver, signal, onEvent })
  }
}

/** Resolves when the run has ended, or its owner is another one, or not seen to be alive any more. */
async function askOwner(
  run: JournalRun,
  owner: RunOwner,
  place: RunsPlace,
  { signal, onEvent }: Required<Pick<CancelRunOptions, 'signal' | 'onEvent'>>,
): Promise<void> {
  const { journal, stacks, clock } = place
  const { runId } = run.record
  const at = clock.date().toISOString()
  // A launcher of this home looks into the journal each second, any other one into the store at each sign it gives.
  await journal.requestCancel(runId, at, owner.n)
  const store = await stacks.store(run)
  await store.put(cancelKey(runId), encodeJson({ at, n: owner.n }), { signal })
  onEvent(`asked launcher ${owner.n} (process ${owner.pid} on ${owner.host}) to end the run`)
  let fresh: FreshRun
  do {
    await clock.sleep(LOOK_MS, { signal })
    fresh = await refreshRun(runId, place)
  } while (!hasEnded(fresh.run) && fresh.owner?.state === 'alive' && fresh.owner.n === owner.n)
}
