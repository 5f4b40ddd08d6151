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

const OPEN = Symbol.for('sidestep.open-attempt@1')

/**
 * Why an attempt stays open. `detached`: its job was left to itself, on purpose or because it could not be ended or was
 * not waited for. `undecided`: nothing could be found out or written, and its job, where it has one, is as it was.
 */
type OpenBecause = 'detached' | 'undecided'

/** What is known of an attempt that stays open. */
export interface OpenAttemptOptions {
  /** Of its job, as far as it is known. */
  readonly handle: object
  readonly cause?: unknown
  readonly code?: ErrorCode
  readonly hint?: string
}

/** The job was left to itself by this launcher's will, or because nobody could end it: its attempt stays open. */
export function detachedError(kind: FailureKind, message: string, options: OpenAttemptOptions): SidestepError {
  return marked(openError(kind, message, options), 'detached')
}

/** Nothing was decided about an attempt and its job: whoever resumes goes on with this very attempt. */
export function undecidedError(kind: FailureKind, message: string, options: OpenAttemptOptions): SidestepError {
  return asUndecided(openError(kind, message, options))
}

/** The same error, which says from now on that nothing was decided. */
export function asUndecided(error: SidestepError): SidestepError {
  return marked(error, 'undecided')
}

/** Whether a job was left to itself, or asked to stop and not waited for. Its attempt has the outcome `detached`. */
export function isDetached(error: unknown): boolean {
  return reasonOf(error) === 'detached'
}

/** Whether nothing was decided: the attempt has no outcome, and a resume begins with the same one. */
export function isUndecided(error: unknown): boolean {
  return reasonOf(error) === 'undecided'
}

function openError(kind: FailureKind, message: string, { handle, ...rest }: OpenAttemptOptions): SidestepError {
  return launchError(kind, message, { ...rest, job: { handle } })
}

function marked(error: SidestepError, because: OpenBecause): SidestepError {
  return Object.defineProperty(error, OPEN, { value: because, configurable: true })
}

function reasonOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? (error as Record<symbol, unknown>)[OPEN] : undefined
}
