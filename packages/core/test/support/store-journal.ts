import type { ArtifactStore } from '../../src/artifact/artifact-store.ts'
import { decodeJson, encodeJson } from '../../src/artifact/json-object.ts'
import { createKey, handleKey, intentKey, launcherKey, type AttemptKey } from '../../src/artifact/layout.ts'
import { putOnce } from '../../src/artifact/put-once.ts'
import { SidestepError } from '../../src/errors.ts'
import type {
  AttemptOutcome,
  AttemptState,
  CreateRecord,
  LaunchJournal,
  LaunchRecord,
} from '../../src/journal/attempt-record.ts'
import { takenOver } from '../../src/journal/launcher.ts'

/** What a launch has said about the end of an attempt. */
export interface EndedAttempt {
  readonly key: AttemptKey
  readonly outcome: AttemptOutcome
  readonly nextAttempt?: number
}

/**
 * A launch's journal that is nothing but objects of a store, in the layout of a run: enough for launches without a run.
 * Launcher `n` is fenced out by `launchers/<n + 1>.json`.
 */
export class StoreJournal implements LaunchJournal {
  readonly id: string = 'j'
  readonly ended: EndedAttempt[] = []
  readonly #store: ArtifactStore
  readonly #n: number

  constructor(store: ArtifactStore, n: number = 1) {
    this.#store = store
    this.#n = n
  }

  /** The journal of the launcher that takes the run over from all before it. */
  static async takeOver(store: ArtifactStore, runId: string, n: number): Promise<StoreJournal> {
    await store.put(launcherKey(runId, n), encodeJson({ n }))
    return new StoreJournal(store, n)
  }

  attempt(key: AttemptKey): LaunchRecord {
    const check = async (): Promise<void> => {
      const next = this.#n + 1
      if ((await this.#store.stat(launcherKey(key.runId, next))) !== undefined) throw takenOver(key.runId, next)
    }
    return new StoreAttempt(key, this.#store, { check, ended: (end) => this.ended.push(end) })
  }
}

class StoreAttempt implements LaunchRecord {
  readonly #key: AttemptKey
  readonly #store: ArtifactStore
  readonly #journal: { readonly check: () => Promise<void>; readonly ended: (end: EndedAttempt) => void }

  constructor(
    key: AttemptKey,
    store: ArtifactStore,
    journal: { readonly check: () => Promise<void>; readonly ended: (end: EndedAttempt) => void },
  ) {
    this.#key = key
    this.#store = store
    this.#journal = journal
  }

  async read(): Promise<AttemptState> {
    const [intent, handle] = await Promise.all([this.#get(intentKey(this.#key)), this.#get(handleKey(this.#key))])
    const creates: CreateRecord[] = []
    for (let n = 1; ; n += 1) {
      const record = await this.#get(createKey(this.#key, n))
      if (record === undefined) break
      creates.push(record as CreateRecord)
    }
    return { creates, ...(intent === undefined ? {} : { intent }), ...(handle === undefined ? {} : { handle }) }
  }

  async intent(value: object): Promise<void> {
    await this.#decide(intentKey(this.#key), value)
  }

  async create(record: CreateRecord): Promise<void> {
    await this.#decide(createKey(this.#key, record.n), record)
  }

  async handle(value: object): Promise<void> {
    await this.#decide(handleKey(this.#key), value)
  }

  async checkOwner(): Promise<void> {
    await this.#journal.check()
  }

  async ended(outcome: AttemptOutcome, next: { readonly nextAttempt?: number }): Promise<void> {
    await this.checkOwner()
    this.#journal.ended({ key: this.#key, outcome, ...next })
  }

  async #get(key: string): Promise<object | undefined> {
    const bytes = await this.#store.get(key)
    return bytes === undefined ? undefined : decodeJson(bytes, key)
  }

  async #decide(key: string, value: object): Promise<void> {
    await this.checkOwner()
    if ((await putOnce(this.#store, key, encodeJson(value))).won) return
    throw new SidestepError(`${key} is there already`, { code: 'LAUNCH_CONFLICT', kind: 'infra' })
  }
}
