import type { FailedManifest } from '../artifact/manifest.ts'
import type { FailureKind } from '../errors.ts'
import type { RetryPolicy } from '../step/policies.ts'

/** What follows on an attempt that has failed. */
export interface NextAttempt {
  /** Whether another one follows. */
  readonly follows: boolean
  /** Which of the operator's alternatives it takes, from 0. */
  readonly alternative: number
}

/** Another way of the operator may help. */
const OTHER_WAY: ReadonlySet<FailureKind> = new Set(['capacity', 'quota'])

/**
 * Whether another attempt follows, after attempts that ended with these kinds. Only the kinds that are configured count,
 * and what leads to the next of the operator's alternatives does not; after the last one they begin anew. A step that
 * was told to stop never gets another attempt. Pure.
 */
export function nextAttempt(policy: RetryPolicy, kinds: readonly FailureKind[], alternatives: number = 1): NextAttempt {
  let next: NextAttempt = { follows: true, alternative: 0 }
  let counted = 0
  for (const kind of kinds) {
    const isOther = OTHER_WAY.has(kind)
    if (isOther && next.alternative + 1 < alternatives) {
      next = { follows: true, alternative: next.alternative + 1 }
      continue
    }
    const isRetried = kind !== 'stopped' && policy.on.includes(kind)
    if (isRetried) counted += 1
    next = { follows: isRetried && counted < policy.maxAttempts, alternative: isOther ? 0 : next.alternative }
  }
  return next
}

/** Whether an attempt only ended because its launcher did: the next one follows, and it does not count. Pure. */
export function isInterrupted(manifest: FailedManifest): boolean {
  return 'settledBy' in manifest && manifest.interrupted === true
}
