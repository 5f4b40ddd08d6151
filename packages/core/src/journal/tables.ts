import type { Generated } from 'kysely'

/** The tables of the journal, as they are after the last migration. Times are ISO 8601, objects are JSON. */
export interface Tables {
  readonly runs: RunsTable
  readonly attempts: AttemptsTable
  readonly creates: CreatesTable
  readonly events: EventsTable
}

export interface RunsTable {
  readonly run_id: string
  readonly pipeline: string
  readonly started_at: string
  readonly record: string
  readonly store_uri: string
  readonly project_folder: string | null
  /** Number of the launcher that may write; 0 before the first. */
  readonly fence: number
  readonly launcher: string | null
  readonly code: string | null
  /** Under the launcher whose number is the fence. */
  readonly end: string | null
  readonly cancel_requested_at: string | null
  /** Number of the launcher that was asked; 0 where none was. */
  readonly cancel_requested_for: number
}

export interface AttemptsTable {
  readonly run_id: string
  readonly step_run_id: string
  readonly attempt: number
  readonly step_name: string | null
  readonly operator: string | null
  readonly token: string | null
  readonly intent: string | null
  readonly handle: string | null
  readonly outcome: string | null
  readonly started_at: string
  readonly ended_at: string | null
}

export interface CreatesTable {
  readonly run_id: string
  readonly step_run_id: string
  readonly attempt: number
  readonly n: number
  readonly record: string
}

export interface EventsTable {
  /** Grows over all runs. */
  readonly seq: Generated<number>
  readonly run_id: string
  readonly event: string
}
