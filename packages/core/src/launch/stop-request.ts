import type { CancelPolicies, CancelPolicy } from '../step/policies.ts'

/** Why a step is to stop. Each cause has a policy of its own. */
export type StopCause = 'abort' | 'signal' | 'sibling'

const BRAND = Symbol.for('sidestep.stop@1')

/** The reason with which a run aborts its steps. */
export class StopRequest extends Error {
  override readonly name: string = 'StopRequest'
  readonly stopCause: StopCause

  constructor(stopCause: StopCause) {
    super(
      stopCause === 'signal'
        ? 'the process was told to stop'
        : stopCause === 'sibling'
          ? 'the pipeline failed'
          : 'the run was cancelled',
    )
    this.stopCause = stopCause
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Anything that is not a {@link StopRequest} is somebody's abort. */
export function stopCauseOf(reason: unknown): StopCause {
  return isStopRequest(reason) ? reason.stopCause : 'abort'
}

function isStopRequest(reason: unknown): reason is StopRequest {
  return typeof reason === 'object' && reason !== null && BRAND in reason
}

export function policyFor(cause: StopCause | 'timeout', policies: CancelPolicies): CancelPolicy {
  switch (cause) {
    case 'abort':
      return policies.onAbort
    case 'signal':
      return policies.onSignal
    case 'sibling':
      return policies.onSiblingFailure
    case 'timeout':
      return policies.onTimeout
  }
}
