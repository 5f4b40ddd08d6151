import type { StepRunInfo } from './step-run-info.ts'
import type { Observation } from './phases.ts'

/** Plain JSON by which any process finds a job again. */
export interface JobHandle {
  /** The provider's id of the job, unique within the operator's scope. */
  readonly id: string
  /** Where a person can look at it. */
  readonly consoleUrl?: string
}

/** What every job carries, so that it can be found and told apart without a journal. */
export interface JobLabels {
  readonly runId: string
  readonly stepRunId: string
  readonly attempt: number
  /** Derived from run, step run and attempt; what job names are made of. 32 lower-case hex characters. */
  readonly token: string
  /** Of the journal that began the run. */
  readonly journalId: string
}

/** Everything `prepare` reads. */
export interface JobToPrepare<Settings, Facts> {
  readonly info: StepRunInfo
  readonly labels: JobLabels
  /** The step's `settings['step_operator.<flavor>']`. */
  readonly settings: Settings
  /** `node <step.mjs> --spec <uri>`; `node` and the bundle's path are the operator's to place. */
  readonly command: readonly string[]
  /** Non-secret environment of the job. */
  readonly environment: Readonly<Record<string, string>>
  /** Names of secrets that the launcher hands on at each create. */
  readonly secretNames: readonly string[]
  readonly facts: Facts
}

export interface CallOptions {
  readonly signal: AbortSignal
}

export interface SubmitOptions extends CallOptions {
  readonly labels: JobLabels
  /** Of this create call; travels to the job as `SIDESTEP_NONCE`. */
  readonly nonce: string
  /** sha256 of the request: what exists under our name with another one is not ours. */
  readonly fingerprint: string
  /** Values of the secrets that the launcher hands on. Never part of the request, never written. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Which jobs `find` looks for: all conditions given must hold. */
export interface JobQuery {
  readonly token?: string
  readonly runId?: string
  readonly journalId?: string
}

export interface FoundJob<Handle extends JobHandle> {
  readonly handle: Handle
  readonly labels: JobLabels
  readonly fingerprint: string
  readonly nonce: string
}

export interface ProviderLogPage {
  readonly lines: readonly string[]
  /** Where to go on; give it back unchanged. */
  readonly cursor: string
  /** Whether there may be more right now. */
  readonly more: boolean
}

/**
 * The port of a provider: what differs between them, and nothing else. One instance serves all jobs of a component.
 * `JobStepOperator` does the rest once.
 */
export interface JobService<Settings, Request extends object, Handle extends JobHandle, Facts = undefined> {
  /** Where jobs of this component live: account and region, folder of a machine. A replay in another scope is refused. */
  readonly scope: string
  /** How often `observe` is called, at least and at most, in milliseconds. Between them it grows with the job's age. */
  readonly pollIntervalMs: { readonly min: number; readonly max: number }
  /** How long a create call may take until its answer counts as lost, in milliseconds. */
  readonly createTimeoutMs: number
  /**
   * Only where `submit` cannot promise to create no second job: how long after a create's deadline `find` shows its job
   * for certain, in milliseconds. Another create waits until then.
   */
  readonly secondCreateAfterMs?: number
  /** Reads what `prepare` needs from outside: a lock file, the machine's size. */
  readonly facts: (info: StepRunInfo, options: CallOptions) => Promise<Facts>
  /** Pure: the exact request without nonce and secrets, or an error about what the provider cannot do. */
  readonly prepare: (job: JobToPrepare<Settings, Facts>) => Request
  /** Creates the job, or returns the handle of this token's existing job. Never a second one. */
  readonly submit: (request: Request, options: SubmitOptions) => Promise<Handle>
  readonly find: (query: JobQuery, options: CallOptions) => AsyncIterable<FoundJob<Handle>>
  /** By handle id. Absent means "not seen this time"; `gone` is said explicitly. */
  readonly observe: (handles: readonly Handle[], options: CallOptions) => Promise<ReadonlyMap<string, Observation>>
  /** Asks for a stop; already ended is success. */
  readonly cancel: (handle: Handle, options: CallOptions) => Promise<void>
  /** The provider's own log of the job, for jobs that died before their log stream began. */
  readonly logs: (handle: Handle, cursor: string | undefined, options: CallOptions) => Promise<ProviderLogPage>
}
