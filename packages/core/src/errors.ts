import type { JobProcess } from './job-process.ts'

/**
 * Why something failed, as a policy can act on it. `step` is the user's own code; `config` is input that can never
 * work as given; the rest is the world around it.
 */
export type FailureKind =
  | 'config'
  | 'auth'
  | 'quota'
  | 'capacity'
  | 'preempted'
  | 'oom'
  | 'timeout'
  | 'stopped'
  | 'step'
  | 'infra'

/** All kinds, as `retry.on` takes them. */
export const FAILURE_KINDS: readonly FailureKind[] = [
  'config',
  'auth',
  'quota',
  'capacity',
  'preempted',
  'oom',
  'timeout',
  'stopped',
  'step',
  'infra',
]

/** Stable names of what can go wrong; `docs/errors.md` has a line on each. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'STACK_INVALID'
  | 'STACK_UNKNOWN'
  | 'COMPONENT_INVALID'
  | 'COMPONENT_UNKNOWN'
  | 'COMPONENT_IN_USE'
  | 'FLAVOR_INVALID'
  | 'FLAVOR_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_TAKEN'
  | 'PACKAGE_NOT_FOUND'
  | 'MODULE_NOT_FOUND'
  | 'MODULE_LOAD_FAILED'
  | 'BUNDLE_FAILED'
  | 'STEP_UNKNOWN'
  | 'STEP_OUTSIDE_RUN'
  | 'STEP_DUPLICATE'
  | 'PIPELINE_IN_JOB'
  | 'RUN_UNKNOWN'
  | 'RUN_CONFLICT'
  | 'RUN_OWNED'
  | 'RUN_TAKEN_OVER'
  | 'RUN_NOT_ENDED'
  | 'CODE_CHANGED'
  | 'JOURNAL_FAILED'
  | 'JOB_UNKNOWN'
  | 'VALUE_NOT_STORABLE'
  | 'ARTIFACT_MISSING'
  | 'ARTIFACT_CORRUPT'
  | 'STORE_FAILED'
  | 'REQUIREMENTS_UNRESOLVED'
  | 'REQUIREMENTS_FAILED'
  | 'RESOURCES_UNAVAILABLE'
  | 'SECRET_MISSING'
  | 'IMAGE_UNKNOWN'
  | 'IMAGE_INVALID'
  | 'IMAGE_FAILED'
  | 'REGISTRY_FAILED'
  | 'LAUNCH_CONFLICT'
  | 'LAUNCH_FAILED'
  | 'JOB_FAILED'
  | 'STEP_FAILED'
  | 'STEP_TIMEOUT'
  | 'STEP_STOPPED'
  | 'RUN_CANCELLED'
  | 'INTERNAL'

/** What is known of the job behind an error. */
export interface JobFailure {
  /** By which the operator finds the job again. */
  readonly handle?: object
  /** Where a person can look at the job. */
  readonly consoleUrl?: string
  /** Of the step's process. */
  readonly exitCode?: number
  /** Where the step's code ran, where the job could still say so. */
  readonly process?: JobProcess
  /** Oldest first. */
  readonly lastLogLines?: readonly string[]
}

/** What an error of Sidestep says beside its message. */
export interface SidestepErrorOptions {
  /** What programs tell errors apart by. */
  readonly code: ErrorCode
  /** What retries are decided by. */
  readonly kind: FailureKind
  /** What the reader can do next, as a sentence. */
  readonly hint?: string
  /** What is behind it. */
  readonly cause?: unknown
  /** Of an error about a job. */
  readonly job?: JobFailure
}

const BRAND = Symbol.for('sidestep.error@1')

/**
 * Every error that Sidestep raises. Recognize it with {@link SidestepError.isInstance}, never with `instanceof`:
 * two copies of the package can be loaded in one process.
 */
export class SidestepError extends Error {
  /** `SidestepError`, also where two copies of this package are loaded. */
  override readonly name: string = 'SidestepError'
  /** What programs tell errors apart by; docs/errors.md has them all. */
  readonly code: ErrorCode
  /** What retries are decided by. */
  readonly kind: FailureKind
  /** What to do next. */
  readonly hint: string | undefined
  /** Of an error about a job. */
  readonly job: JobFailure | undefined

  constructor(message: string, options: SidestepErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.kind = options.kind
    this.hint = options.hint
    this.job = options.job
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** True for errors of any loaded copy of this package, unlike `instanceof`. */
  static isInstance(value: unknown): value is SidestepError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
  }
}

/** Bad input: `kind` is `config`, so it is not retried unless asked, and the CLI exits with 2 where no job was created. */
export function configError(code: ErrorCode, message: string, hint?: string, cause?: unknown): SidestepError {
  return new SidestepError(message, {
    code,
    kind: 'config',
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  })
}

/** The text of anything that was thrown: an `Error`'s message, or the value itself. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The `code` of a Node or Sidestep error, where there is one. */
export function codeOf(thrown: unknown): string | undefined {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}
