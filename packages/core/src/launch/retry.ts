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
