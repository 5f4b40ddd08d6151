import type { ArtifactStore, StoreCallOptions } from './artifact-store.ts'
import { incarnationKey, type MachineKey } from './layout.ts'

/**
 * The number of the last start of an attempt's process; 1 where none has begun. `from` is one that is known to have
 * begun: only those after it are asked for. With 0, it is 0 where none has begun.
 */
export async function latestIncarnation(
  key: MachineKey,
  store: ArtifactStore,
  { from = 1, ...call }: StoreCallOptions & { readonly from?: number } = {},
): Promise<number> {
  let incarnation = from
  while ((await store.stat(incarnationKey({ ...key, incarnation: incarnation + 1 }), call)) !== undefined) {
    incarnation += 1
  }
  return incarnation
}
