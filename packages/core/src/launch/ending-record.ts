import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { endingKey, type AttemptKey } from '../artifact/layout.ts'
import { putOnce } from '../artifact/put-once.ts'
import { readJson } from '../artifact/stored-json.ts'
import { launchError } from './launch-error.ts'
import type { LaunchEnd } from './outcome.ts'

/** `ending.json`: a launcher asks for the end of the attempt's job. The first one stays. */
export interface EndingRecord {
  readonly kind: 'stopped' | 'timeout' | 'infra'
  /** For people. */
  readonly reason: string
  /** ISO 8601, by the clock of the launcher. */
  readonly at: string
}

/** Notes why the end of a job is asked for, so that whoever sees it end knows. */
export async function noteEnding(
  key: AttemptKey,
  ending: EndingRecord,
  { store, signal }: { readonly store: ArtifactStore; readonly signal: AbortSignal },
): Promise<void> {
  await putOnce(store, endingKey(key), encodeJson(ending), { signal })
}

export async function readEnding(key: AttemptKey, store: ArtifactStore): Promise<EndingRecord | undefined> {
  return (await readJson(store, endingKey(key))) as EndingRecord | undefined
}

/**
 * The end of a job that was stopped because an earlier launcher had asked for it. Who asked for a stop of the run has
 * resumed it since: the next attempt follows, and this one does not count. Any other reason is why the job has ended.
 * Pure.
 */
export function endAsAsked(end: LaunchEnd, asked: EndingRecord | undefined): LaunchEnd {
  if (asked === undefined || end.ok || end.error.kind !== 'stopped') return end
  if (asked.kind === 'stopped') return { ...end, interrupted: true }
  const { job, cause } = end.error
  return { ok: false, error: launchError(asked.kind, asked.reason, { cause, ...(job === undefined ? {} : { job }) }) }
}
