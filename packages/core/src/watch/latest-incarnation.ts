import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { incarnationKey, type AttemptKey } from '../artifact/layout.ts'

/** The number of the last start of an attempt's process; 1 where none has begun. */
export async function latestIncarnation(key: AttemptKey, store: ArtifactStore): Promise<number> {
  let incarnation = 1
  while ((await store.stat(incarnationKey({ ...key, incarnation: incarnation + 1 }))) !== undefined) incarnation += 1
  return incarnation
}
