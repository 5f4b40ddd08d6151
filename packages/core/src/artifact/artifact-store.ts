import { codeOf, messageOf, SidestepError } from '../errors.ts'
import { StackComponent, typeOf } from '../stack/component.ts'
import { collect } from './byte-stream.ts'

/** Bytes on their way into a store. Streams are read once, with backpressure. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>

/** What every call of a store takes. */
export interface StoreCallOptions {
  /** The call rejects with its reason. */
  readonly signal?: AbortSignal
}

/** An object in a store. */
export interface StoredObject {
  /** Relative to the store's `uri`, with `/`. */
  readonly key: string
  /** In bytes. */
  readonly size: number
}

/**
 * Objects under keys: `runs/<run>/…`, parts joined by `/`, no part empty, `.` or `..`. The public methods check and
 * translate errors; a flavor writes the hooks below them.
 *
 * Every method rejects with a `STORE_FAILED` error where the store gave no definite answer: of kind `auth` where it may not
 * be asked, which is not tried again. Only a definite "not found" is `undefined`: callers build the promise of "never two" on
 * the difference.
 */
export abstract class ArtifactStore<Config = object> extends StackComponent<Config> {
  /** The component type of every class that extends this one. */
  static override readonly TYPE: 'artifact_store' = 'artifact_store'

  /** True for artifact stores of any loaded copy of this package. */
  static isArtifactStore(value: unknown): value is ArtifactStore {
    return StackComponent.isInstance(value) && typeOf(value) === 'artifact_store' && 'jobConfig' in value
  }

  /** The root, such as `file:///home/me/project/.sidestep/store` or `s3://bucket/prefix`, without a trailing slash. */
  abstract readonly uri: string
  /**
   * What the flavor's runtime module needs to open the same store inside a job: no secrets, at most 512 bytes as JSON
   * (the longest environment value that every provider takes).
   */
  abstract readonly jobConfig: object

  /** Writes or replaces an object, atomically: a reader sees the old one or the new one. Returns its size in bytes. */
  async put(key: string, body: Body, options: StoreCallOptions = {}): Promise<number> {
    return this.#call('write', key, options, () => this.putObject(key, body, options))
  }

  /**
   * Writes an object unless the key exists: of all concurrent callers exactly one gets `true`. After an error the
   * object may or may not be there; `putOnce` settles that.
   */
  async putIfAbsent(key: string, body: Uint8Array, options: StoreCallOptions = {}): Promise<boolean> {
    return this.#call('write', key, options, () => this.putObjectIfAbsent(key, body, options))
  }

  /**
   * The object's bytes as they arrive, or `undefined` where it definitely does not exist. What goes wrong later is
   * thrown by the stream, as a `STORE_FAILED` error too.
   */
  async read(key: string, options: StoreCallOptions = {}): Promise<AsyncIterable<Uint8Array> | undefined> {
    const stream = await this.#call('read', key, options, () => this.readObject(key, options))
    return stream === undefined ? undefined : this.#translateStream(key, stream, options)
  }

  /** The whole object, or `undefined` where it definitely does not exist. For small objects. */
  async get(key: string, options: StoreCallOptions = {}): Promise<Uint8Array | undefined> {
    const stream = await this.read(key, options)
    return stream === undefined ? undefined : collect(stream)
  }

  /**
   * Key and size; `undefined` where it is definitely not there. Rejects with `STORE_FAILED` where the store gives no answer.
   */
  async stat(key: string, options: StoreCallOptions = {}): Promise<StoredObject | undefined> {
    return this.#call('read', key, options, () => this.statObject(key, options))
  }

  /** Every object whose key starts with the prefix, in no promised order. */
  async *list(prefix: string, options: StoreCallOptions = {}): AsyncGenerator<StoredObject> {
    checkPrefix(prefix)
    options.signal?.throwIfAborted()
    try {
      for await (const object of this.listObjects(prefix, options)) {
        yield object
        options.signal?.throwIfAborted()
      }
    } catch (error) {
      throw this.#translate('list', prefix, error, options.signal)
    }
  }

  /** Deleting what does not exist is success. */
  async delete(key: string, options: StoreCallOptions = {}): Promise<void> {
    return this.#call('delete', key, options, () => this.deleteObject(key, options))
  }

  /** Writes the object, or replaces it as a whole. Resolves to its size in bytes. */
  protected abstract putObject(key: string, body: Body, options: StoreCallOptions): Promise<number>
  /** Of all concurrent callers, in all processes, exactly one gets true. */
  protected abstract putObjectIfAbsent(key: string, body: Uint8Array, options: StoreCallOptions): Promise<boolean>
  /** `undefined` only where it is definitely not there; anything doubtful is thrown. */
  protected abstract readObject(key: string, options: StoreCallOptions): Promise<AsyncIterable<Uint8Array> | undefined>
  /** `undefined` only where it is definitely not there; anything doubtful is thrown. */
  protected abstract statObject(key: string, options: StoreCallOptions): Promise<StoredObject | undefined>
  /** Every object whose key begins with the prefix, in any order. */
  protected abstract listObjects(prefix: string, options: StoreCallOptions): AsyncIterable<StoredObject>
  /** An object that is not there is no error. */
  protected abstract deleteObject(key: string, options: StoreCallOptions): Promise<void>

  async #call<T>(verb: string, key: string, { signal }: StoreCallOptions, hook: () => Promise<T>): Promise<T> {
    checkKey(key)
    signal?.throwIfAborted()
    try {
      return await hook()
    } catch (error) {
      throw this.#translate(verb, key, error, signal)
    }
  }

  async *#translateStream(
    key: string,
    stream: AsyncIterable<Uint8Array>,
    { signal }: StoreCallOptions,
  ): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream) {
        yield chunk
        signal?.throwIfAborted()
      }
    } catch (error) {
      throw this.#translate('read', key, error, signal)
    }
  }

  #translate(verb: string, key: string, error: unknown, signal: AbortSignal | undefined): unknown {
    // However the hook, or the SDK behind it, says that it was aborted.
    if (signal?.aborted === true) return signal.reason
    if (SidestepError.isInstance(error)) return error
    const code = codeOf(error) ?? ''
    const full = code === 'ENOSPC' ? ' (the disk is full)' : ''
    const message = `could not ${verb} ${this.uri}/${key}${full}: ${messageOf(error)}`
    if (DENIALS.has(code)) {
      return new SidestepError(message, { code: 'STORE_FAILED', kind: 'auth', hint: deniedHint(code), cause: error })
    }
    const hint = 'See whether the artifact store can be reached and written to from here.'
    return new SidestepError(message, { code: 'STORE_FAILED', kind: 'infra', hint, cause: error })
  }
}

/** The system says that it may not be: it says so again a minute later. */
const DENIALS: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS'])

function deniedHint(code: string): string {
  if (code === 'EROFS')
    return 'The file system is mounted for reading only: mount it for writing, or use another store.'
  const uid = process.getuid?.()
  const who = uid === undefined ? 'this user' : `the user ${uid}, who runs this,`
  return `Let ${who} read and write the folder of the store, or run as the user whom it belongs to: in a container, that is \`docker.user\`.`
}

function checkKey(key: string): void {
  if (!key.split('/').every(isKeyPart)) throw notAKey(key)
}

/** A prefix may end anywhere within a key: at its very start, after a `/`, or in the middle of a part. */
function checkPrefix(prefix: string): void {
  const parts = prefix.split('/')
  const last = parts.pop()
  if (!parts.every(isKeyPart) || !(last === '' || isKeyPart(last ?? ''))) throw notAKey(prefix)
}

function isKeyPart(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !part.includes('\0')
}

function notAKey(key: string): SidestepError {
  return new SidestepError(`${JSON.stringify(key)} is not a key of an artifact store`, {
    code: 'INTERNAL',
    kind: 'infra',
  })
}
