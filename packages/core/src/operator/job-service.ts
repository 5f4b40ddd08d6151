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
  /** Of the run. */
  readonly runId: string
  /** Names the call of the step in its run. */
  readonly stepRunId: string
  /** From 1. */
  readonly attempt: number
  /** Derived from run, step run and attempt; what job names are made of. 32 lower-case hex characters. */
  readonly token: string
  /** Of the journal that began the run. */
  readonly journalId: string
}

/** Everything `prepare` reads. */
export interface JobToPrepare<Settings, Facts> {
  /** The step run that the job is for. */
  readonly info: StepRunInfo
  /** What the job is to carry. */
  readonly labels: JobLabels
  /** The step's `settings['step_operator.<flavor>']`, as the flavor's settings schema gives them; `{}` where there are none. */
  readonly settings: Settings
  /**
   * `node step.mjs --spec <uri>`: `node` and the bundle's path are the operator's to place. With `info.image`, they are
   * what they are in the image, and the command is run as it is.
   */
  readonly command: readonly string[]
  /** Non-secret environment of the job. */
  readonly environment: Readonly<Record<string, string>>
  /** Names of secrets that the launcher hands on at each create. */
  readonly secretNames: readonly string[]
  /** What `facts` gave. */
  readonly facts: Facts
}

/** What every call of a provider takes. */
export interface CallOptions {
  /** The call rejects with its reason; what it has begun may go on at the provider. */
  readonly signal: AbortSignal
}

/** Options of {@link JobService.facts}. */
export interface FactsOptions extends CallOptions {
  /** Takes a line for people on what keeps it waiting: `resolveLock()` gets it as `onSilence`. Absent: nobody listens. */
  readonly warn?: (message: string) => void
}

/** What a create call gets beside the request. */
export interface SubmitOptions extends CallOptions {
  /** What the job must carry, all of them. */
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
  /** Of one attempt. */
  readonly token?: string
  /** Of one run. */
  readonly runId?: string
  /** Of all runs that one journal began. */
  readonly journalId?: string
  /** What has ended is not wanted: a provider that remembers it for ever leaves out what it can. Default: false. */
  readonly live?: boolean
}

/** A job as its provider knows it, and what it carries. */
export interface FoundJob<Handle extends JobHandle> {
  /** By which it is looked at and stopped. */
  readonly handle: Handle
  /** As they were given to its create call. */
  readonly labels: JobLabels
  /** Of the request that it was made from. */
  readonly fingerprint: string
  /** Of the create call that made it. */
  readonly nonce: string
}

/** Some lines of a provider's own log. */
export interface ProviderLogPage {
  /** Oldest first, without line ends. */
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
  readonly facts: (info: StepRunInfo, options: FactsOptions) => Promise<Facts>
  /** Pure: the exact request without nonce and secrets, or an error about what the provider cannot do. */
  readonly prepare: (job: JobToPrepare<Settings, Facts>) => Request
  /**
   * Only where the provider takes few creates at a time: resolves when the next one may be sent, for a job with these labels. It is
   * waited for before a create is recorded: waiting is no part of `createTimeoutMs`, and a stop ends it with nothing created.
   * A `submit` that had no turn has to wait for one itself.
   */
  readonly turn?: (labels: JobLabels, options: CallOptions) => Promise<void>
  /** Creates the job, or returns the handle of this token's existing job. Never a second one. */
  readonly submit: (request: Request, options: SubmitOptions) => Promise<Handle>
  /** Jobs that fit the query, those that have ended included as far as the provider remembers them. */
  readonly find: (query: JobQuery, options: CallOptions) => AsyncIterable<FoundJob<Handle>>
  /** By handle id. Absent means "not seen this time"; `gone` is said explicitly. */
  readonly observe: (handles: readonly Handle[], options: CallOptions) => Promise<ReadonlyMap<string, Observation>>
  /** Asks for a stop; already ended is success. */
  readonly cancel: (handle: Handle, options: CallOptions) => Promise<void>
  /** The provider's own log of the job, for jobs that died before their log stream began. */
  readonly logs: (handle: Handle, cursor: string | undefined, options: CallOptions) => Promise<ProviderLogPage>
}
