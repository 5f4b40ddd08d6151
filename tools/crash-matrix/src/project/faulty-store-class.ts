import { appendFileSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { ArtifactStore, codeOf, type Body, type StoredObject } from '@sidestep/core'
import { openArtifactStore } from '@sidestep/local/runtime'

/** What the store does while the driver wants it to: no answer, an answer that is lost now and then, or a late one. */
export type StoreFault = 'refuses' | 'fails' | 'slow'

/** A guarantee that is missing, so that the matrix can be seen to fail without it. */
export type MissingGuarantee = 'put-if-absent' | 'owner'

export interface FaultyStoreConfig {
  /** Absolute path of the folder of objects. */
  readonly path: string
  /** Absolute path of the file that holds a {@link StoreFault}. What is done to callers is written beside it. */
  readonly control: string
  readonly without?: MissingGuarantee
}

export class FaultyStore extends ArtifactStore<FaultyStoreConfig> {
  static override readonly FLAVOR: 'faulty' = 'faulty'

  readonly uri: string
  readonly jobConfig: FaultyStoreConfig
  readonly #inner: ArtifactStore
  #calls = 0

  constructor(config: FaultyStoreConfig) {
    super(config)
    this.#inner = openArtifactStore({ flavor: 'local', path: config.path })
    this.uri = this.#inner.uri
    this.jobConfig = config
  }

  protected async putObject(key: string, body: Body): Promise<number> {
    return this.#call(() => this.#inner.put(key, body))
  }

  protected async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const { without } = this.config
    if (without === 'owner' && key.endsWith('/owner.json')) return true
    if (without === 'put-if-absent') return this.#call(async () => (await this.#inner.put(key, body)) >= 0)
    return this.#call(() => this.#inner.putIfAbsent(key, body))
  }

  protected async readObject(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#call(() => this.#inner.read(key))
  }

  protected async statObject(key: string): Promise<StoredObject | undefined> {
    return this.#call(() => this.#inner.stat(key))
  }

  protected async *listObjects(prefix: string): AsyncGenerator<StoredObject> {
    yield* await this.#call(async () => this.#inner.list(prefix))
  }

  protected async deleteObject(key: string): Promise<void> {
    return this.#call(() => this.#inner.delete(key))
  }

  async #call<T>(effect: () => Promise<T>): Promise<T> {
    const fault = this.#fault()
    this.#calls += 1
    if (fault === undefined) return effect()
    if (fault === 'fails' && this.#calls % 3 === 0) return effect()
    appendFileSync(`${this.config.control}.fired`, `${fault}\n`)
    if (fault === 'slow') await sleep(50 + ((this.#calls * 37) % 200))
    // Half of the answers that are lost are those of calls that did what they were asked.
    if (fault === 'slow' || (fault === 'fails' && this.#calls % 3 === 1)) {
      const result = await effect()
      if (fault === 'slow') return result
    }
    throw new Error(fault === 'refuses' ? 'connection refused' : 'connection reset')
  }

  #fault(): StoreFault | undefined {
    try {
      const text = readFileSync(this.config.control, 'utf8')
      return text === '' ? undefined : (text as StoreFault)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
}
