import type { AttemptKey } from '../artifact/layout.ts'
import type { ProcessIdentity } from '../process.ts'
import type { AttemptRecord } from './attempt-record.ts'

/** `run.json`: what was started. */
export interface RunRecord {
  readonly version: 1
  readonly runId: string
  readonly pipeline: string
  readonly stack: string
  /** Of the journal that began the run; every job of it carries this id. */
  readonly journalId: string
  /** Random: part of the tokens of all its attempts. */
  readonly salt: string
  /** File of the pipeline, relative to the project's folder. */
  readonly module?: string
  /** ISO 8601. */
  readonly startedAt: string
}

/** `launchers/<n>.json`: who owns a run. The highest n does. */
export interface LauncherRecord {
  /** From 1. */
  readonly n: number
  readonly host: string
  readonly process: ProcessIdentity
  /** ISO 8601. */
  readonly at: string
}

/** The launcher's durable record of runs, intents and handles. */
export interface Journal {
  /** Of this journal, for ever. */
  readonly id: string
  /** Before the first step. Rejects with `RUN_EXISTS` where the id is taken. */
  beginRun(record: RunRecord): Promise<void>
  attempt(key: AttemptKey): AttemptRecord
}
