import { hostname } from 'node:os'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeJson, encodeJson } from '../artifact/json-object.ts'
import { incarnationKey, ownerKey, resultKey, type AttemptKey, type IncarnationKey } from '../artifact/layout.ts'
import type { OwnerRecord, ResultManifest } from '../artifact/manifest.ts'
import type { Persistence } from '../artifact/persist.ts'
import { putOnce } from '../artifact/put-once.ts'
import { readJson } from '../artifact/stored-json.ts'

/** Why this job may not run user code: another one does, or none may any more. */
export type Refusal = { readonly refused: string }

/**
 * The first act of a job: of all jobs of an attempt, only the one whose nonce stands in `owner.json` runs user code.
 * A restart of the same job has the same nonce and passes.
 */
export async function takeOwnership(
  key: AttemptKey,
  claim: { readonly store: ArtifactStore; readonly nonce: string; readonly providerJobId?: string },
  options: Persistence,
): Promise<Refusal | undefined> {
  const { store, nonce, providerJobId } = claim
  const record: OwnerRecord = {
    nonce,
    ...(providerJobId === undefined ? {} : { providerJobId }),
    host: hostname(),
    pid: process.pid,
    at: new Date().toISOString(),
  }
  const { won, bytes } = await putOnce(store, ownerKey(key), encodeJson(record), options)
  if (won) return undefined
  const owner = decodeJson(bytes, `${store.uri}/${ownerKey(key)}`) as OwnerRecord
  if ('closed' in owner) return { refused: `the attempt was given up: ${owner.closed}` }
  if (owner.nonce === nonce && owner.providerJobId === record.providerJobId) return undefined
  return { refused: `another job of this attempt owns it (${owner.providerJobId ?? `on ${owner.host}`})` }
}

/** Numbers this start of the process: from 1, one more than any earlier start of this job, on a machine of this rank. */
export async function takeIncarnation(
  key: AttemptKey & Pick<IncarnationKey, 'rank'>,
  store: ArtifactStore,
  options: Persistence,
): Promise<number> {
  for (let incarnation = 1; ; incarnation += 1) {
    const record = { pid: process.pid, host: hostname(), at: new Date().toISOString() }
    const { won } = await putOnce(store, incarnationKey({ ...key, incarnation }), encodeJson(record), options)
    if (won) return incarnation
  }
}

/** Whether a later start of this job's process has begun. */
export async function isSuperseded(key: AttemptKey, incarnation: number, store: ArtifactStore): Promise<boolean> {
  return (await store.stat(incarnationKey({ ...key, incarnation: incarnation + 1 }))) !== undefined
}

/** What was decided about the attempt, where something was. */
export async function readResult(key: AttemptKey, store: ArtifactStore): Promise<ResultManifest | undefined> {
  return (await readJson(store, resultKey(key))) as ResultManifest | undefined
}
