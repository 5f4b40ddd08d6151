import type { AttemptKey } from '../artifact/layout.ts'
import { configError, type SidestepError } from '../errors.ts'
import type { AttemptRow } from './attempt-queries.ts'
import type { AttemptOutcome, AttemptState, CreateRecord } from './attempt-record.ts'
import type { LauncherRecord, RunCode, RunEnd, RunRecord } from './run-record.ts'
import type { RunsTable } from './tables.ts'

/** What the journal knows of a run. */
export interface JournalRun {
  readonly record: RunRecord
  readonly storeUri: string
  /** Where it was started. */
  readonly projectFolder?: string
  /** Number of its launcher; 0: it has none yet. */
  readonly fence: number
  readonly launcher?: LauncherRecord
  /** How it ended under its launcher. Absent: it has not. */
  readonly end?: RunEnd
  /** ISO 8601: when its launcher was asked to end it. */
  readonly cancelRequestedAt?: string
  /** What it began with. Absent: not known yet. */
  readonly code?: RunCode
}

/** What the journal knows of an attempt. */
export interface JournalAttempt extends AttemptState {
  readonly key: AttemptKey
  readonly stepName?: string
  /** Its name in the stack. Absent: the step runs in the launcher's process. */
  readonly operator?: string
  readonly token?: string
  /** Absent: it is open. */
  readonly outcome?: AttemptOutcome
  /** ISO 8601: when the journal first heard of it. */
  readonly startedAt: string
  /** ISO 8601. */
  readonly endedAt?: string
}

export function toRun(row: RunsTable): JournalRun {
  return {
    record: JSON.parse(row.record) as RunRecord,
    storeUri: row.store_uri,
    fence: row.fence,
    ...known('projectFolder', row.project_folder),
    ...parsed<'launcher', LauncherRecord>('launcher', row.launcher),
    ...parsed<'end', RunEnd>('end', row.end),
    ...known('cancelRequestedAt', isCancelFor(row.fence, row.cancel_requested_for) ? row.cancel_requested_at : null),
    ...parsed<'code', RunCode>('code', row.code),
  }
}

export function toAttempt(row: AttemptRow): JournalAttempt {
  return {
    key: { runId: row.run_id, stepRunId: row.step_run_id, attempt: row.attempt },
    ...known('stepName', row.step_name),
    ...known('operator', row.operator),
    ...known('token', row.token),
    ...parsed<'intent', object>('intent', row.intent),
    creates: (JSON.parse(row.creates) as string[]).map((record) => JSON.parse(record) as CreateRecord),
    ...parsed<'handle', object>('handle', row.handle),
    ...parsed<'outcome', AttemptOutcome>('outcome', row.outcome),
    startedAt: row.started_at,
    ...known('endedAt', row.ended_at),
  }
}

/** A request is for a launcher and those before it: whoever goes on with the run afterwards was not meant. */
export function isCancelFor(n: number, requestedFor: number | null | undefined): boolean {
  return (requestedFor ?? 0) >= n
}

export function unknownRun(runId: string, path: string): SidestepError {
  return configError(
    'RUN_UNKNOWN',
    `the journal ${path} knows no run ${runId}`,
    '`sidestep runs list` names those that it knows; `sidestep runs attach <store>/runs/<id>` adds one of another machine.',
  )
}

function known<K extends string>(name: K, value: string | null): { readonly [key in K]?: string } {
  return (value === null ? {} : { [name]: value }) as { readonly [key in K]?: string }
}

function parsed<K extends string, T>(name: K, json: string | null): { readonly [key in K]?: T } {
  return (json === null ? {} : { [name]: JSON.parse(json) }) as { readonly [key in K]?: T }
}
