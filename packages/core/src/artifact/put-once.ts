import { SidestepError } from '../errors.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { persist, type Persistence } from './persist.ts'

export interface PutOnceResult {
  /** Whether the object that is there now is the one given. */
  readonly won: boolean
  /** The object that is there now. */
  readonly bytes: Uint8Array
}

/**
 * Puts an object that decides something, and says who won. A doubtful answer (the store failed after it may have
 * written) is settled by reading the object back and comparing: bytes that two callers may put must therefore differ.
 */
export async function putOnce(
  store: ArtifactStore,
  key: string,
  bytes: Uint8Array,
  persistence: Persistence = {},
): Promise<PutOnceResult> {
  const call = persistence.signal === undefined ? {} : { signal: persistence.signal }
  return persist(async () => {
    if (await store.putIfAbsent(key, bytes, call)) return { won: true, bytes }
    const existing = await store.get(key, call)
    if (existing === undefined) {
      // Refused because it is there, then not there: a store that answers so is tried again like one that is away.
      throw new SidestepError(`${store.uri}/${key} exists and does not`, { code: 'STORE_FAILED', kind: 'infra' })
    }
    return { won: Buffer.compare(existing, bytes) === 0, bytes: existing }
  }, persistence)
}
