import type { ArtifactStore, StoreCallOptions } from '../artifact/artifact-store.ts'
import { highestNumber } from '../artifact/highest-number.ts'
import { launcherKey, leaseKey } from '../artifact/layout.ts'
import { readJson } from '../artifact/stored-json.ts'
import type { Machine } from '../machine.ts'
import { bootId, isRunning } from '../process.ts'
import type { LauncherRecord, LeaseRecord } from './run-record.ts'

/** How long a launcher counts as alive after its last sign, in milliseconds. It gives one every quarter of that. */
export const LEASE_MS = 60_000

/** The launcher that owns a run, and the last sign that it gave. */
export interface Owner {
  readonly record: LauncherRecord
  readonly lease?: LeaseRecord
}

/**
 * `gone`: its process has ended, or it has let go of the run. `silent`: it has given no sign for {@link LEASE_MS}, but
 * whether it has ended cannot be told from here: it is stopped, or on another machine.
 */
export type OwnerState = 'alive' | 'gone' | 'silent'

/**
 * The launcher with the highest number; `undefined` where the run has none. It is found because the numbers have no
 * gaps: a launcher takes the next one after the highest in the store, and never another, and no launcher is ever removed.
 */
export async function readOwner(
  runId: string,
  store: ArtifactStore,
  options: StoreCallOptions = {},
): Promise<Owner | undefined> {
  const n = await highestNumber(async (number) => (await store.stat(launcherKey(runId, number), options)) !== undefined)
  return n === 0 ? undefined : readLauncher(runId, n, store, options)
}

/** One launcher of a run, the owner or an earlier one. */
export async function readLauncher(
  runId: string,
  n: number,
  store: ArtifactStore,
  options: StoreCallOptions = {},
): Promise<Owner | undefined> {
  const [record, lease] = await Promise.all([
    readJson(store, launcherKey(runId, n), options),
    readJson(store, leaseKey(runId, n), options),
  ])
  if (record === undefined) return undefined
  return { record: record as LauncherRecord, ...(lease === undefined ? {} : { lease: lease as LeaseRecord }) }
}

/** When the owner last gave a sign, by its own clock. */
export function lastHeardOf({ record, lease }: Owner): Date {
  return new Date(lease?.at ?? record.at)
}

/** Looks at the owner's process where it can be seen from here; else its last sign decides. */
export function judgeOwner(
  owner: Owner,
  { machine, now }: { readonly machine: Machine; readonly now: Date },
): OwnerState {
  const { record, lease } = owner
  if (lease?.released === true) return 'gone'
  if (isSame(record.machine, machine)) {
    // Numbers of processes mean nothing after a restart; without an id, another boot may be another machine.
    const restarted = record.process.bootId !== bootId()
    if (restarted && machine.id !== undefined) return 'gone'
    if (!restarted && !isRunning(record.process)) return 'gone'
  }
  return now.getTime() - lastHeardOf(owner).getTime() > LEASE_MS ? 'silent' : 'alive'
}

function isSame(one: Machine, other: Machine): boolean {
  return one.host === other.host && one.id === other.id && one.pidNamespace === other.pidNamespace
}
