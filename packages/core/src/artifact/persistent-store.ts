import { ArtifactStore, type Body, type StoreCallOptions, type StoredObject } from './artifact-store.ts'
import { persist, type Persistence } from './persist.ts'

/**
 * The same store, except that a call that gets no answer is tried again while there is patience. What is written from
 * a stream is not: a stream can be read only once.
 */
export function persistently(store: ArtifactStore, persistence: Persistence): ArtifactStore {
  return new PersistentStore(store, persistence)
}

class PersistentStore extends ArtifactStore {
  static override readonly FLAVOR: string = 'persistent'
  readonly #store: ArtifactStore
  readonly #persistence: Persistence

  constructor(store: ArtifactStore, persistence: Persistence) {
    super(store.config)
    this.#store = store
    this.#persistence = persistence
  }

  get uri(): string {
    return this.#store.uri
  }

  get jobConfig(): object {
    return this.#store.jobConfig
  }

  /** From its start each time, so that a stream that broke off is no failure either. */
  override async get(key: string, options: StoreCallOptions = {}): Promise<Uint8Array | undefined> {
    return this.#persist(() => this.#store.get(key, options), options)
  }

  protected async putObject(key: string, body: Body, options: StoreCallOptions): Promise<number> {
    const put = (): Promise<number> => this.#store.put(key, body, options)
    return body instanceof Uint8Array ? this.#persist(put, options) : put()
  }

  protected async putObjectIfAbsent(key: string, body: Uint8Array, options: StoreCallOptions): Promise<boolean> {
    // Not tried again here: the answer to a second call would no longer tell who wrote. `putOnce` settles that.
    return this.#store.putIfAbsent(key, body, options)
  }

  protected async readObject(key: string, options: StoreCallOptions): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#persist(() => this.#store.read(key, options), options)
  }

  protected async statObject(key: string, options: StoreCallOptions): Promise<StoredObject | undefined> {
    return this.#persist(() => this.#store.stat(key, options), options)
  }

  protected listObjects(prefix: string, options: StoreCallOptions): AsyncIterable<StoredObject> {
    return this.#store.list(prefix, options)
  }

  protected async deleteObject(key: string, options: StoreCallOptions): Promise<void> {
    return this.#persist(() => this.#store.delete(key, options), options)
  }

  async #persist<T>(call: () => Promise<T>, { signal }: StoreCallOptions): Promise<T> {
    return persist(call, signal === undefined ? this.#persistence : { ...this.#persistence, signal })
  }
}
