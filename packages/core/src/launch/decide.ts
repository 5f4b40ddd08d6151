import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { ownerKey, resultKey, type AttemptKey } from '../artifact/layout.ts'
import type { OwnerRecord, ResultManifest } from '../artifact/manifest.ts'
import { putJsonOnce, readJson } from '../artifact/stored-json.ts'
import type { Clock } from '../clock.ts'
import { atPoint } from '../events.ts'
import { readResult } from '../entrypoint/ownership.ts'
import type { AttemptRecord } from '../journal/attempt-record.ts'
import { closing, settlement, type FailedLaunch, type LaunchEnd } from './outcome.ts'

/** What deciding about an attempt takes. */
export interface Deciding {
  readonly store: ArtifactStore
  readonly clock: Clock
  readonly record: Pick<AttemptRecord, 'checkOwner'>
}

export async function readManifest(key: AttemptKey, store: ArtifactStore): Promise<ResultManifest | undefined> {
  return atPoint('8.read-result', key, () => readResult(key, store))
}

/** Puts the result that the job did not leave. Whoever put one first is obeyed. */
export async function settle(
  key: AttemptKey,
  end: LaunchEnd,
  { store, clock, record }: Deciding,
): Promise<ResultManifest> {
  return atPoint('8.settle', key, async () => {
    await record.checkOwner()
    return (await putJsonOnce(store, resultKey(key), settlement(end, clock.date().toISOString()))) as ResultManifest
  })
}

/** Gives an attempt up, so that no job of it runs user code any more; or says which job has taken it. */
export async function closeOwner(
  key: AttemptKey,
  end: FailedLaunch,
  { store, clock, record }: Deciding,
): Promise<OwnerRecord> {
  return atPoint('5.close-owner', key, async () => {
    await record.checkOwner()
    return (await putJsonOnce(store, ownerKey(key), closing(end, clock.date().toISOString()))) as OwnerRecord
  })
}

/** Which job has taken an attempt, or that it was given up; `undefined` where neither has happened. */
export async function readAttemptOwner(key: AttemptKey, store: ArtifactStore): Promise<OwnerRecord | undefined> {
  return (await readJson(store, ownerKey(key))) as OwnerRecord | undefined
}
