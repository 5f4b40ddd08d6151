import { SidestepError, type ErrorCode, type FailureKind, type JobFailure } from '../errors.ts'

const CODES: Partial<Readonly<Record<FailureKind, ErrorCode>>> = {
  step: 'STEP_FAILED',
  timeout: 'STEP_TIMEOUT',
  stopped: 'STEP_STOPPED',
}

const HINTS: Partial<Readonly<Record<FailureKind, string>>> = {
  oom: 'Ask for more `resources.memory`, or keep less in memory at once.',
  timeout: 'Raise `timeouts` of the step, or make it do less.',
  capacity: 'Try again later, ask for other `resources`, or add `retry: { maxAttempts: 3 }`.',
  preempted: 'Add `retry: { maxAttempts: 3 }` to the step.',
  infra: 'Nothing in the step is known to be wrong. `retry: { maxAttempts: 2 }` tries it again.',
}

/** An error of one attempt, with the code of its kind and a hint where the caller has no better one. */
export function launchError(
  kind: FailureKind,
  message: string,
  options: {
    readonly hint?: string
    readonly cause?: unknown
    readonly job?: JobFailure
    readonly code?: ErrorCode
  } = {},
): SidestepError {
  const { code = CODES[kind] ?? 'JOB_FAILED', hint = HINTS[kind], cause, job } = options
  return new SidestepError(message, {
    code,
    kind,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
    ...(job === undefined ? {} : { job }),
  })
}

const DETACHED = Symbol.for('sidestep.detached@1')

/** The job was left running, on purpose or because nobody could end it: its attempt stays open. */
export function detachedError(
  kind: FailureKind,
  message: string,
  options: {
    readonly handle: object
    readonly cause?: unknown
    readonly code?: ErrorCode
    readonly hint?: string
  },
): SidestepError {
  const { handle, ...rest } = options
  const error = launchError(kind, message, { ...rest, job: { handle } })
  Object.defineProperty(error, DETACHED, { value: true })
  return error
}

export function isDetached(error: unknown): boolean {
  return typeof error === 'object' && error !== null && DETACHED in error
}
