import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { createKey, handleKey, intentKey, type AttemptKey } from '../artifact/layout.ts'
import { putOnce } from '../artifact/put-once.ts'
import { putJsonOnce, readJson } from '../artifact/stored-json.ts'
import { SidestepError } from '../errors.ts'
import type { AttemptOutcome, AttemptState, CreateRecord, LaunchRecord } from './attempt-record.ts'
import type { Journal } from './journal.ts'
import type { Launcher } from './launcher.ts'
import type { AttemptAbout, RunWriter } from './run-writer.ts'

/** What the records of a run's attempts share. */
export interface AttemptRecords {
  readonly journal: Journal
  readonly writer: RunWriter
  readonly launcher: Launcher
  readonly store: ArtifactStore
}

/**
 * The record of one attempt, in this machine's journal and in the artifact store. The journal is written first: what it
 * holds, this machine never forgets. The store decides where the two differ, since it is what all machines see.
 */
export class MirroredAttempt implements LaunchRecord {
  readonly #key: AttemptKey
  readonly #about: AttemptAbout
  readonly #records: AttemptRecords
  #begun: Promise<void> | undefined

  constructor(key: AttemptKey, about: AttemptAbout, records: AttemptRecords) {
    this.#key = key
    this.#about = about
    this.#records = records
  }

  /** Known to the journal, so that no process overlooks it. */
  async begin(): Promise<void> {
    this.#begun ??= this.#records.writer.beginAttempt(this.#key, this.#about).catch((error: unknown) => {
      // A journal that was busy for a moment must not fail every later write.
      this.#begun = undefined
      throw error
    })
    await this.#begun
  }

  async read(): Promise<AttemptState> {
    const { journal, launcher } = this.#records
    // Nobody else has ever written about a run that has had one launcher.
    if (launcher.n === 1) return journal.attemptState(this.#key)
    // It is taken up again: open before anything is watched, so that nobody overlooks it if this launcher dies.
    await this.begin()
    const own = await journal.attemptState(this.#key)
    const intent = await this.#agreed(intentKey(this.#key), own.intent)
    const handle = await this.#agreed(handleKey(this.#key), own.handle)
    const creates: CreateRecord[] = []
    for (let n = 1; ; n += 1) {
      const known = own.creates.find((each) => each.n === n)
      const create = await this.#agreed(createKey(this.#key, n), known)
      if (create === undefined) break
      creates.push(create as CreateRecord)
    }
    return { creates, ...(intent === undefined ? {} : { intent }), ...(handle === undefined ? {} : { handle }) }
  }

  async intent(value: object): Promise<void> {
    await this.begin()
    await this.#records.writer.intent(this.#key, value)
    await this.#records.launcher.check()
    await this.#decide(intentKey(this.#key), value, 'another request')
  }

  async create(record: CreateRecord): Promise<void> {
    await this.begin()
    await this.#records.writer.create(this.#key, record)
    await this.#records.launcher.check()
    await this.#decide(createKey(this.#key, record.n), record, 'another create call')
  }

  async handle(value: object): Promise<void> {
    await this.begin()
    await this.#records.writer.handle(this.#key, value)
    await this.#decide(handleKey(this.#key), value, 'another job')
  }

  async checkOwner(): Promise<void> {
    this.#records.writer.check()
    await this.#records.launcher.check()
  }

  async ended(outcome: AttemptOutcome, next: { readonly nextAttempt?: number }): Promise<void> {
    await this.begin()
    await this.#records.writer.outcome(this.#key, outcome, next)
  }

  /** What the store has; where it has nothing, it gets what the journal has: a launcher died before it could say it twice. */
  async #agreed(key: string, own: object | undefined): Promise<object | undefined> {
    const { store } = this.#records
    return own === undefined ? readJson(store, key) : putJsonOnce(store, key, own)
  }

  async #decide(key: string, value: object, other: string): Promise<void> {
    const { store } = this.#records
    const { won } = await putOnce(store, key, encodeJson(value))
    if (won) return
    throw new SidestepError(`${store.uri}/${key} holds ${other} for this attempt`, {
      code: 'LAUNCH_CONFLICT',
      kind: 'infra',
      hint: 'Another launcher works on the same run. Leave it to that one, or start a new run.',
    })
  }
}
