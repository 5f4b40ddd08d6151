import type { AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import type { AttemptOutcome, CreateRecord } from './attempt-record.ts'
import { unknownRun } from './journal-run.ts'
import { takenOver } from './launcher.ts'
import type { JournalDatabase } from './open-database.ts'
import type { RunCode, RunEnd } from './run-record.ts'
import type { AttemptAbout, RunWriter } from './run-writer.ts'

/** Writes as one launcher, as long as the journal knows no later one. */
export class FencedRunWriter implements RunWriter {
  readonly #runId: string
  /** The launcher's number. */
  readonly #fence: number
  readonly #database: JournalDatabase
  readonly #clock: Clock
  /** As JSON, oldest first. */
  #events: string[] = []
  #scheduled: NodeJS.Immediate | undefined
  #unwritable: Error | undefined

  constructor(
    { runId, fence }: { readonly runId: string; readonly fence: number },
    { database, clock }: { readonly database: JournalDatabase; readonly clock: Clock },
  ) {
    this.#runId = runId
    this.#fence = fence
    this.#database = database
    this.#clock = clock
  }

  async beginAttempt(key: AttemptKey, about: AttemptAbout): Promise<void> {
    const { stepName, operator = null, token = null } = about
    const { durable, queries } = this.#database
    this.#writeAttempt(key, () => durable.run(queries.beginAgain, { ...key, stepName, operator, token }))
  }

  async intent(key: AttemptKey, intent: object): Promise<void> {
    const { durable, queries } = this.#database
    this.#writeAttempt(key, () => durable.run(queries.setIntent, { ...key, intent: JSON.stringify(intent) }))
  }

  async create(key: AttemptKey, create: CreateRecord): Promise<void> {
    const { durable, queries } = this.#database
    const record = JSON.stringify(create)
    this.#writeAttempt(key, () => durable.run(queries.setCreate, { ...key, n: create.n, record }))
  }

  async handle(key: AttemptKey, handle: object): Promise<void> {
    const { durable, queries } = this.#database
    this.#writeAttempt(key, () => durable.run(queries.setHandle, { ...key, handle: JSON.stringify(handle) }))
  }

  async outcome(
    key: AttemptKey,
    outcome: AttemptOutcome,
    { nextAttempt }: { readonly nextAttempt?: number } = {},
  ): Promise<void> {
    const { durable, queries } = this.#database
    const at = this.#now()
    this.#writeAttempt(key, () => {
      durable.run(queries.setOutcome, { ...key, outcome: JSON.stringify(outcome), at })
      if (nextAttempt === undefined) return
      durable.run(queries.addAttemptAfter, { ...key, attempt: nextAttempt, before: key.attempt, at })
    })
  }

  async code(code: RunCode): Promise<void> {
    const { durable, queries } = this.#database
    this.#write(() => durable.run(queries.setCode, { runId: this.#runId, code: JSON.stringify(code) }))
  }

  async end(end: RunEnd): Promise<void> {
    const { durable, queries } = this.#database
    this.#write(() => durable.run(queries.setEnd, { runId: this.#runId, end: JSON.stringify(end) }))
  }

  event(event: object): void {
    try {
      this.#events.push(JSON.stringify(event))
    } catch (error) {
      this.#unwritable ??= new TypeError(`an event of the run ${this.#runId} has no JSON form`, { cause: error })
      return
    }
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      try {
        this.#writeEvents()
      } catch {
        // They stay in line: the next event tries again, and `flush` says what was wrong.
      }
    })
  }

  async flush(): Promise<void> {
    this.flushNow()
  }

  /** {@link flush} for a caller that cannot wait. */
  flushNow(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    const unwritable = this.#unwritable
    this.#unwritable = undefined
    try {
      this.#writeEvents()
    } finally {
      this.#events = []
    }
    if (unwritable !== undefined) throw unwritable
  }

  check(): void {
    this.#checkFence(this.#database.durable)
  }

  #writeEvents(): void {
    if (this.#events.length === 0) return
    const { events, queries } = this.#database
    events.transaction(() => {
      this.#checkFence(events)
      for (const event of this.#events) events.run(queries.addEvent, { runId: this.#runId, event })
    })
    this.#events = []
  }

  #writeAttempt(key: AttemptKey, work: () => void): void {
    const { durable, queries } = this.#database
    const at = this.#now()
    this.#write(() => {
      durable.run(queries.addAttempt, { ...key, at })
      work()
    })
  }

  #write(work: () => void): void {
    const { durable } = this.#database
    durable.transaction(() => {
      this.#checkFence(durable)
      work()
    })
  }

  #checkFence(connection: JournalDatabase['durable']): void {
    const row = connection.get(this.#database.queries.fenceOfRun, { runId: this.#runId })
    if (row === undefined) throw unknownRun(this.#runId, this.#database.path)
    if (row.fence > this.#fence) throw takenOver(this.#runId, row.fence)
  }

  #now(): string {
    return this.#clock.date().toISOString()
  }
}
