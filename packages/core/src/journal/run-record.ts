import type { SerializedError } from '../artifact/manifest.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import type { Machine } from '../machine.ts'
import type { ProcessIdentity } from '../process.ts'
import type { StackDescription } from '../stack/stack-description.ts'

/** `run.json`: what was started. Put once. */
export interface RunRecord {
  readonly version: 1
  readonly runId: string
  readonly pipeline: string
  readonly stack: StackDescription
  /** Of the journal that began the run; every job of it carries this id. */
  readonly journalId: string
  /** Random: part of the tokens of all its attempts. */
  readonly salt: string
  /** File of the pipeline, relative to the project's folder. */
  readonly module?: string
  /** Of what the pipeline was given: a run goes on with the same input, or not at all. */
  readonly inputDigest: string
  /** What the pipeline was given. Absent: nothing. */
  readonly input?: StoredValue
  /** ISO 8601. */
  readonly startedAt: string
}

/** `code.json`: the code that a run goes on with. Replaced where more of it becomes known, or another one was accepted. */
export interface RunCode {
  readonly version: 1
  /** Of the bundle. Absent: no step has needed one yet. */
  readonly bundleSha256?: string
  /** Path (relative to the project's folder) and sha256 of every source of the bundle; without one, of the files that define the pipeline and its steps. */
  readonly sources: readonly (readonly [path: string, sha256: string])[]
}

/** `launchers/<n>.json`: who owns a run. The highest n does. Put once. */
export interface LauncherRecord {
  /** From 1: the fence. */
  readonly n: number
  /** Random: two runs of one process are two launchers. */
  readonly id: string
  /** Where it runs. */
  readonly machine: Machine
  /** By which its machine tells whether it still lives. */
  readonly process: ProcessIdentity
  /** Of the journal that this launcher writes to: any other one learns of its part of the run from the store. */
  readonly journalId: string
  /** ISO 8601. */
  readonly at: string
}

/** `launchers/<n>.lease.json`: written again and again while the launcher is alive. */
export interface LeaseRecord {
  /** ISO 8601, by the launcher's clock. */
  readonly at: string
  /** From 1, one more each time. */
  readonly beat: number
  /** True where the launcher let go of a run that has not ended. */
  readonly released?: true
}

/** `cancelled`: it was told to stop, by whatever. */
export type RunEndStatus = 'succeeded' | 'failed' | 'cancelled'

/** `ends/<n>.json`: how a run ended under launcher n. Put once. */
export interface RunEnd {
  /** Of this format. */
  readonly version: 1
  /** The launcher under which it ended. */
  readonly n: number
  /** How it ended. */
  readonly status: RunEndStatus
  /** ISO 8601. */
  readonly at: string
  /** Of this launcher's part of the run. */
  readonly durationMs: number
  /** Absent after a success. */
  readonly error?: RunEndError
  /** What the pipeline returned, where JSON can hold it in a few kilobytes. */
  readonly result?: unknown
  /** What the pipeline returned as Node shows it, where JSON cannot. */
  readonly resultText?: string
  /**
   * Step runs that had failed or were stopped, and the number of their last attempt. Whoever resumes the run after this
   * end tries them again, from the next number.
   */
  readonly spent: Readonly<Record<string, number>>
}

/** What of an error is kept with a run. */
export interface RunEndError extends SerializedError {
  /** Of a `SidestepError`, or of Node. */
  readonly code?: string
  /** Of a `SidestepError`. */
  readonly kind?: string
  /** What to do next. */
  readonly hint?: string
}
