import { fingerprint } from '../canonical.ts'
import type { StoredValue } from './stored-value.ts'

/**
 * Stands for what a stored value is, wherever it lies: equal for equal bytes of the same materializer. Keys do not
 * count: the `meta` of a structure says where its parts lie, and its bytes already say what they are.
 */
export function contentDigest({ materializer, sha256, meta }: StoredValue): string {
  const counts = meta !== undefined && materializer !== STRUCTURE
  return fingerprint(counts ? { materializer, sha256, meta } : { materializer, sha256 })
}

/** Name of the materializer for values with stored values inside. */
export const STRUCTURE = 'structure'
