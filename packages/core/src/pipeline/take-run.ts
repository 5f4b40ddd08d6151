import type { ArtifactStore, StoreCallOptions } from '../artifact/artifact-store.ts'
import { endKey, runKey } from '../artifact/layout.ts'
import { readJson } from '../artifact/stored-json.ts'
import { systemClock } from '../clock.ts'
import { configError, type SidestepError } from '../errors.ts'
import { Launcher } from '../journal/launcher.ts'
import { judgeOwner, lastHeardOf, readOwner, type Owner, type OwnerState } from '../journal/owner.ts'
import type { RunEnd, RunRecord } from '../journal/run-record.ts'
import { thisMachine } from '../machine.ts'

export interface TakeRunOptions {
  readonly store: ArtifactStore
  /** Of the journal that this process writes to. */
  readonly journalId: string
  /** Highest number of a launcher that this machine's journal knows of. */
  readonly fence: number
  /** Also a run whose launcher is silent: somebody says that it is gone. */
  readonly takeOver: boolean
  /** Nobody wants the run any more: whatever the store is asked is given up. */
  readonly signal?: AbortSignal
}

/** Tries to become a run's launcher when others do the same. */
const TRIES = 5

/**
 * Becomes the next launcher of a run that nobody owns any more. Rejects with `RUN_OWNED` where somebody does, or may.
 */
export async function takeRun(runId: string, options: TakeRunOptions): Promise<Launcher> {
  const { store, journalId, fence, takeOver, signal } = options
  const call = signal === undefined ? {} : { signal }
  for (let tries = 0; ; tries += 1) {
    const owner = await readOwner(runId, store, call)
    if (owner !== undefined && (await readEnd(runId, owner.record.n, store, call)) === undefined) {
      const state = judgeOwner(owner, { machine: thisMachine(), now: systemClock.date() })
      if (state === 'alive' || (state === 'silent' && !takeOver)) throw owned(runId, owner, state)
    }
    const last = owner?.record.n ?? 0
    if (last < fence) throw storeIsBehind(runId, { last, fence, store })
    const launcher = await Launcher.claim(runId, last + 1, { store, journalId, at: systemClock.date(), ...call })
    if (launcher !== undefined) return launcher
    // Another process was faster: it is looked at in its turn.
    if (tries === TRIES)
      throw configError('RUN_OWNED', `other launchers keep taking the run ${runId}`, 'Leave it to them.')
  }
}

/** `run.json`, where it is there. */
export async function readRunRecord(
  runId: string,
  store: ArtifactStore,
  options: StoreCallOptions = {},
): Promise<RunRecord | undefined> {
  return (await readJson(store, runKey(runId), options)) as RunRecord | undefined
}

/** How the run ended under launcher n. */
export async function readEnd(
  runId: string,
  n: number,
  store: ArtifactStore,
  options: StoreCallOptions = {},
): Promise<RunEnd | undefined> {
  return (await readJson(store, endKey(runId, n), options)) as RunEnd | undefined
}

/** By step run: the last attempt that was tried before an earlier end of the run. Whoever goes on begins after it. */
export async function spentAttempts(
  runId: string,
  before: number,
  store: ArtifactStore,
): Promise<ReadonlyMap<string, number>> {
  const spent = new Map<string, number>()
  for (let n = 1; n < before; n += 1) {
    const end = await readEnd(runId, n, store)
    for (const [stepRunId, attempt] of Object.entries(end?.spent ?? {})) {
      spent.set(stepRunId, Math.max(attempt, spent.get(stepRunId) ?? 0))
    }
  }
  return spent
}

/** Numbers of launchers have no gaps: a store that lost some of them lost other objects too. */
function storeIsBehind(
  runId: string,
  { last, fence, store }: { readonly last: number; readonly fence: number; readonly store: ArtifactStore },
): SidestepError {
  return configError(
    'RUN_CONFLICT',
    `the journal knows launcher ${fence} of the run ${runId}, and ${store.uri} only ${last === 0 ? 'none' : `those up to ${last}`}: objects of the store are gone, or older ones were restored`,
    'Start a new run.',
  )
}

function owned(runId: string, owner: Owner, state: Exclude<OwnerState, 'gone'>): SidestepError {
  const { machine, process, n } = owner.record
  const who = `launcher ${n} (process ${process.pid} on ${machine.host})`
  if (state === 'alive') {
    return configError(
      'RUN_OWNED',
      `the run ${runId} is at work: ${who} owns it`,
      `Follow it with \`sidestep runs attach ${runId}\`, or end it with \`sidestep runs cancel ${runId}\`.`,
    )
  }
  return configError(
    'RUN_OWNED',
    `the run ${runId} belongs to ${who}, which was last heard of at ${lastHeardOf(owner).toISOString()} and cannot be seen to have ended`,
    'If you know that it is gone, or stopped for good, say --take-over (`takeOver`).',
  )
}
