import { ArtifactStore, type Body, type StoreCallOptions, type StoredObject } from './artifact-store.ts'
import { DEFAULT_PATIENCE_MS, persist, type Persistence } from './persist.ts'
import { StoreSilence } from './store-silence.ts'

/** What is no longer than this is written within seconds, over any connection. */
const SHORT_BYTES = 64 * 1_024

/** How long to go on, and who hears of it. */
export interface PersistentStoreOptions extends Persistence {
  /** Takes a line for people when the store has given no answer for 5 seconds, and when it answers again. Absent: nobody listens. */
  readonly onSilence?: ((line: string) => void) | undefined
}

/**
 * The same store, except that a call that gets no answer is tried again while there is patience. What is written from
 * a stream is not: a stream can be read only once.
 */
export function persistently(store: ArtifactStore, options: PersistentStoreOptions): ArtifactStore {
  return new PersistentStore(store, options)
}

class PersistentStore extends ArtifactStore {
  static override readonly FLAVOR: string = 'persistent'
  readonly #store: ArtifactStore
  readonly #persistence: Persistence
  readonly #silence: StoreSilence | undefined

  constructor(store: ArtifactStore, options: PersistentStoreOptions) {
    super(store.config)
    this.#store = store
    // Not a copy: what it says of signals and hurry may change, and be behind getters.
    this.#persistence = options
    const { onSilence: tell, patienceMs = DEFAULT_PATIENCE_MS, clock } = options
    if (tell !== undefined) {
      this.#silence = new StoreSilence({ uri: store.uri, tell, patienceMs, ...(clock === undefined ? {} : { clock }) })
    }
  }

  get uri(): string {
    return this.#store.uri
  }

  get jobConfig(): object {
    return this.#store.jobConfig
  }

  /** From its start each time, so that a stream that broke off is no failure either. */
  override async get(key: string, options: StoreCallOptions = {}): Promise<Uint8Array | undefined> {
    return this.#persist(() => this.#watch('get', key, () => this.#store.get(key, options)), options)
  }

  protected async putObject(key: string, body: Body, options: StoreCallOptions): Promise<number> {
    const isWhole = body instanceof Uint8Array
    const short = isWhole && body.length <= SHORT_BYTES
    const put = (): Promise<number> => this.#watch('put', key, () => this.#store.put(key, body, options), { short })
    return isWhole ? this.#persist(put, options) : put()
  }

  protected async putObjectIfAbsent(key: string, body: Uint8Array, options: StoreCallOptions): Promise<boolean> {
    const short = body.length <= SHORT_BYTES
    // Not tried again here: the answer to a second call would no longer tell who wrote. `putOnce` settles that.
    return this.#watch('put', key, () => this.#store.putIfAbsent(key, body, options), { short })
  }

  protected async readObject(key: string, options: StoreCallOptions): Promise<AsyncIterable<Uint8Array> | undefined> {
    const read = (): Promise<AsyncIterable<Uint8Array> | undefined> => this.#store.read(key, options)
    return this.#persist(() => this.#watch('read', key, read, { short: true }), options)
  }

  protected async statObject(key: string, options: StoreCallOptions): Promise<StoredObject | undefined> {
    const stat = (): Promise<StoredObject | undefined> => this.#store.stat(key, options)
    return this.#persist(() => this.#watch('stat', key, stat, { short: true }), options)
  }

  protected listObjects(prefix: string, options: StoreCallOptions): AsyncIterable<StoredObject> {
    return this.#store.list(prefix, options)
  }

  protected async deleteObject(key: string, options: StoreCallOptions): Promise<void> {
    return this.#persist(() => this.#watch('delete', key, () => this.#store.delete(key, options)), options)
  }

  async #persist<T>(call: () => Promise<T>, { signal }: StoreCallOptions): Promise<T> {
    return persist(call, signal === undefined ? this.#persistence : { ...this.#persistence, signal })
  }

  /** `short`: it moves little. */
  async #watch<T>(
    verb: string,
    key: string,
    call: () => Promise<T>,
    options: { readonly short?: boolean } = {},
  ): Promise<T> {
    return this.#silence === undefined ? call() : this.#silence.watch(`${verb} ${key}`, call, options)
  }
}
