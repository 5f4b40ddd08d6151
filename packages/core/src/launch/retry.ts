import type { FailedManifest } from '../artifact/manifest.ts'
import type { FailureKind } from '../errors.ts'
import type { RetryPolicy } from '../step/policies.ts'

/**
 * Whether another attempt follows. Only the kinds that are configured count; a step that was told to stop never gets
 * another one. Pure.
 */
export function shouldRetry(policy: RetryPolicy, kinds: readonly FailureKind[]): boolean {
  const last = kinds.at(-1)
  if (last === undefined || last === 'stopped' || !policy.on.includes(last)) return false
  return kinds.filter((kind) => policy.on.includes(kind)).length < policy.maxAttempts
}

/** Whether an attempt only ended because its launcher did: the next one follows, and it does not count. Pure. */
export function isInterrupted(manifest: FailedManifest): boolean {
  return 'settledBy' in manifest && manifest.interrupted === true
}
