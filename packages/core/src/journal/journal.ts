import type { AttemptKey } from '../artifact/layout.ts'
import { canonicalJson } from '../canonical.ts'
import { systemClock, type Clock } from '../clock.ts'
import { configError } from '../errors.ts'
import { createHomeFolder } from '../stack/home-folder.ts'
import type { AttemptState } from './attempt-record.ts'
import { FencedRunWriter } from './fenced-run-writer.ts'
import { journalId } from './journal-id.ts'
import { isCancelFor, toAttempt, toRun, unknownRun, type JournalAttempt, type JournalRun } from './journal-run.ts'
import { isTakenOver, takenOver } from './launcher.ts'
import type { JournalDatabase } from './open-database.ts'
import type { LauncherRecord, RunRecord } from './run-record.ts'
import type { RunWriter } from './run-writer.ts'

export type { JournalAttempt, JournalRun } from './journal-run.ts'
export type { AttemptAbout, RunWriter } from './run-writer.ts'

export interface OpenJournalOptions {
  /** Default: the system's. */
  readonly clock?: Clock
  /** How long to wait for another process that holds the journal, in milliseconds. Default: 5 seconds. */
  readonly busyTimeoutMs?: number
}

/** One event of a run. */
export interface JournalEvent {
  /** Grows from event to event, not by one. */
  readonly seq: number
  readonly event: object
}

/**
 * What this machine knows of its runs, in `journal.db` of the home folder: the index by which runs and their jobs are
 * found again. Where it and an artifact store differ, the store decides. Many processes use it at the same time. Every
 * method rejects with `JOURNAL_FAILED` where the file cannot be used; the error says what to do.
 */
export class Journal implements Disposable {
  /** Of this journal, for ever. */
  readonly id: string
  readonly path: string
  readonly #database: JournalDatabase
  readonly #clock: Clock
  readonly #writers: Set<FencedRunWriter> = new Set()

  private constructor(id: string, database: JournalDatabase, clock: Clock) {
    this.id = id
    this.path = database.path
    this.#database = database
    this.#clock = clock
  }

  /** Opens the journal of a home folder; makes both where they are not there yet. */
  static async open(home: string, options: OpenJournalOptions = {}): Promise<Journal> {
    const { clock = systemClock, busyTimeoutMs = 5_000 } = options
    createHomeFolder(home)
    // What writes its queries takes a while to load, and many commands need no journal.
    const { openDatabase } = await import('./open-database.ts')
    const database = await openDatabase(home, { clock, busyTimeoutMs })
    return new Journal(await journalId(home), database, clock)
  }

  /** Writes the events that are still in line. */
  close(): void {
    const { durable, events } = this.#database
    try {
      for (const writer of this.#writers) flushUnlessTakenOver(writer)
    } finally {
      this.#writers.clear()
      events.close()
      durable.close()
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Adds a run, or says where a known one lies now. Rejects with `RUN_CONFLICT` where the id is another run's. */
  async addRun(run: {
    readonly record: RunRecord
    readonly storeUri: string
    readonly projectFolder?: string
  }): Promise<void> {
    const { record, storeUri, projectFolder = null } = run
    const { runId, pipeline, startedAt } = record
    const { durable, queries, path } = this.#database
    const json = JSON.stringify(record)
    durable.transaction(() => {
      const values = { runId, pipeline, startedAt, record: json, storeUri, projectFolder }
      if (durable.run(queries.addRun, values) === 1) return
      const known = durable.get(queries.oneRun, { runId })
      if (known === undefined || canonicalJson(JSON.parse(known.record)) !== canonicalJson(JSON.parse(json))) {
        throw configError(
          'RUN_CONFLICT',
          `the journal ${path} knows another run ${runId}`,
          'An id names one run: leave it out to get a new one, or set SIDESTEP_HOME to another folder.',
        )
      }
      durable.run(queries.moveRun, { runId, storeUri, projectFolder })
    })
  }

  async run(runId: string): Promise<JournalRun | undefined> {
    const { durable, queries } = this.#database
    const row = durable.get(queries.oneRun, { runId })
    return row === undefined ? undefined : toRun(row)
  }

  /** Newest first. `unfinished: false` are those that have ended. */
  async runs(
    filter: {
      readonly pipeline?: string
      readonly unfinished?: boolean
      readonly idPrefix?: string
      readonly limit?: number
    } = {},
  ): Promise<readonly JournalRun[]> {
    const { durable, queries } = this.#database
    return durable.all(queries.manyRuns(filter), {}).map(toRun)
  }

  /**
   * Asks a launcher, and those before it, to end the run; a later one was not meant. `at` is ISO 8601. The first request
   * for a launcher stays. Default of `forLauncher`: the one that the journal knows. Rejects with `RUN_UNKNOWN`.
   */
  async requestCancel(runId: string, at: string, forLauncher?: number): Promise<void> {
    const { durable, queries, path } = this.#database
    durable.transaction(() => {
      const row = durable.get(queries.fenceOfRun, { runId })
      if (row === undefined) throw unknownRun(runId, path)
      durable.run(queries.requestCancel, { runId, at, launcher: forLauncher ?? Math.max(row.fence, 1) })
    })
  }

  /** Whether launcher n of a run was asked to end it. Cheap. */
  cancelRequested(runId: string, n: number): boolean {
    const { durable, queries } = this.#database
    const row = durable.get(queries.cancelRequest, { runId })
    return isCancelFor(n, row?.cancel_requested_for)
  }

  /** Oldest first. `open` are those without an outcome; `open: false` those with one. */
  async attempts(
    filter: { readonly runId?: string; readonly open?: boolean } = {},
  ): Promise<readonly JournalAttempt[]> {
    const { durable, queries } = this.#database
    return durable.all(queries.manyAttempts(filter), {}).map(toAttempt)
  }

  async attemptState(key: AttemptKey): Promise<AttemptState> {
    const { durable, queries } = this.#database
    const { runId, stepRunId, attempt } = key
    const row = durable.get(queries.oneAttempt, { runId, stepRunId, attempt })
    if (row === undefined) return { creates: [] }
    const { intent, creates, handle } = toAttempt(row)
    return { creates, ...(intent === undefined ? {} : { intent }), ...(handle === undefined ? {} : { handle }) }
  }

  /** Oldest first. `after`: only those with a higher `seq`. */
  async events(runId: string, { after = 0 }: { readonly after?: number } = {}): Promise<readonly JournalEvent[]> {
    const { events, queries } = this.#database
    return events
      .all(queries.eventsAfter, { runId, after })
      .map(({ seq, event }) => ({ seq, event: JSON.parse(event) as object }))
  }

  /**
   * Makes a launcher the one that may write about a run. Rejects with `RUN_TAKEN_OVER` where the journal knows a later
   * one, with `RUN_UNKNOWN` where it does not know the run.
   */
  async launcher(runId: string, launcher: LauncherRecord): Promise<RunWriter> {
    const { durable, queries, path } = this.#database
    durable.transaction(() => {
      const row = durable.get(queries.fenceOfRun, { runId })
      if (row === undefined) throw unknownRun(runId, path)
      if (row.fence > launcher.n) throw takenOver(runId, row.fence)
      if (row.fence === launcher.n) return
      durable.run(queries.raiseFence, { runId, fence: launcher.n, launcher: JSON.stringify(launcher) })
    })
    const writer = new FencedRunWriter({ runId, fence: launcher.n }, { database: this.#database, clock: this.#clock })
    this.#writers.add(writer)
    return writer
  }
}

function flushUnlessTakenOver(writer: FencedRunWriter): void {
  try {
    writer.flushNow()
  } catch (error) {
    // A launcher that has lost its run has nothing more to say.
    if (!isTakenOver(error)) throw error
  }
}
