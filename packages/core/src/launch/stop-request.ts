import { isTakenOver } from '../journal/launcher.ts'
import { SidestepError } from '../errors.ts'
import type { CancelPolicies, CancelPolicy } from '../step/policies.ts'

/**
 * Why a step is to stop. Each cause has a policy of its own, except that a run that was taken over by another launcher
 * is always left as it is.
 */
export type StopCause = 'abort' | 'signal' | 'sibling' | 'taken-over'

const BRAND = Symbol.for('sidestep.stop@1')

const MESSAGES: Readonly<Record<StopCause, string>> = {
  abort: 'the run was cancelled',
  signal: 'the process was told to stop',
  sibling: 'the pipeline failed',
  'taken-over': 'another launcher has taken the run over',
}

/** The reason with which a run aborts its steps. */
export class StopRequest extends Error {
  override readonly name: string = 'StopRequest'
  readonly stopCause: StopCause

  /** `cause` is the `RUN_TAKEN_OVER` error, where that is why. */
  constructor(stopCause: StopCause, { cause }: { readonly cause?: SidestepError } = {}) {
    super(MESSAGES[stopCause], cause === undefined ? undefined : { cause })
    this.stopCause = stopCause
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Anything that is not a {@link StopRequest} is somebody's abort. */
export function stopCauseOf(reason: unknown): StopCause {
  return isStopRequest(reason) ? reason.stopCause : 'abort'
}

/** The `RUN_TAKEN_OVER` error of a run whose steps were stopped because another launcher owns it; else nothing. */
export function takenOverBy({ aborted, reason }: AbortSignal): SidestepError | undefined {
  if (!aborted || !isStopRequest(reason) || reason.stopCause !== 'taken-over') return undefined
  if (isTakenOver(reason.cause)) return reason.cause
  return new SidestepError(reason.message, { code: 'RUN_TAKEN_OVER', kind: 'infra', cause: reason })
}

export function throwIfTakenOver(signal: AbortSignal): void {
  const error = takenOverBy(signal)
  if (error !== undefined) throw error
}

function isStopRequest(reason: unknown): reason is StopRequest {
  return typeof reason === 'object' && reason !== null && BRAND in reason
}

export function policyFor(cause: StopCause | 'timeout' | 'heartbeat', policies: CancelPolicies): CancelPolicy {
  switch (cause) {
    case 'abort':
      return policies.onAbort
    case 'signal':
      return policies.onSignal
    case 'sibling':
      return policies.onSiblingFailure
    case 'timeout':
      return policies.onTimeout
    case 'heartbeat':
      return policies.onLostHeartbeat
    case 'taken-over':
      return 'detach'
  }
}
