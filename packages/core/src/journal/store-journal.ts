import { hostname } from 'node:os'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeJson, encodeJson } from '../artifact/json-object.ts'
import { createKey, handleKey, intentKey, launcherKey, runKey, type AttemptKey } from '../artifact/layout.ts'
import { putOnce } from '../artifact/put-once.ts'
import { configError, SidestepError } from '../errors.ts'
import { identifyProcess } from '../process.ts'
import type { AttemptRecord, AttemptState, CreateRecord } from './attempt-record.ts'
import type { Journal, LauncherRecord, RunRecord } from './journal.ts'

export interface StoreJournalOptions {
  readonly id: string
  readonly store: ArtifactStore
  readonly now?: () => Date
}

/** A journal that is nothing but objects of the artifact store: it reaches as far as the store does. */
export class StoreJournal implements Journal {
  readonly id: string
  readonly #store: ArtifactStore
  readonly #now: () => Date

  constructor({ id, store, now = () => new Date() }: StoreJournalOptions) {
    this.id = id
    this.#store = store
    this.#now = now
  }

  async beginRun(record: RunRecord): Promise<void> {
    const launcher: LauncherRecord = {
      n: 1,
      host: hostname(),
      process: identifyProcess(),
      at: this.#now().toISOString(),
    }
    const { won } = await putOnce(this.#store, launcherKey(record.runId, 1), encodeJson(launcher))
    if (!won) {
      throw configError(
        'RUN_EXISTS',
        `there is a run ${record.runId} already in ${this.#store.uri}`,
        'An id names one run: leave it out to get a new one.',
      )
    }
    await this.#store.put(runKey(record.runId), encodeJson(record))
  }

  attempt(key: AttemptKey): AttemptRecord {
    return new StoreAttemptRecord(key, this.#store)
  }
}

class StoreAttemptRecord implements AttemptRecord {
  readonly #key: AttemptKey
  readonly #store: ArtifactStore

  constructor(key: AttemptKey, store: ArtifactStore) {
    this.#key = key
    this.#store = store
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
    await this.#decide(intentKey(this.#key), value, 'another request')
  }

  async create(record: CreateRecord): Promise<void> {
    await this.#decide(createKey(this.#key, record.n), record, 'another create call')
  }

  async handle(value: object): Promise<void> {
    await this.#decide(handleKey(this.#key), value, 'another job')
  }

  async #get(key: string): Promise<object | undefined> {
    const bytes = await this.#store.get(key)
    return bytes === undefined ? undefined : decodeJson(bytes, `${this.#store.uri}/${key}`)
  }

  async #decide(key: string, value: object, other: string): Promise<void> {
    const { won } = await putOnce(this.#store, key, encodeJson(value))
    if (won) return
    throw new SidestepError(`${this.#store.uri}/${key} holds ${other} for this attempt`, {
      code: 'LAUNCH_CONFLICT',
      kind: 'infra',
      hint: 'Another launcher works on the same run. Leave it to that one, or start a new run.',
    })
  }
}
