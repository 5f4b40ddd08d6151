import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import type { ArtifactStore, Body, StoreCallOptions, StoredObject } from '@sidestep/core'

import { headOf, SoundStore, type SoundStoreConfig } from './sound-store.ts'

/** An artifact store with one mistake, and what the suite must make of it. */
export interface BrokenStore {
  /** The mistake. */
  readonly mistake: string
  readonly Store: new (config: SoundStoreConfig) => ArtifactStore
  /** Name of the check that is meant for it. */
  readonly check: string
  /** What its message must say of what to mend. */
  readonly message: RegExp
}

async function collect(body: Body): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const RACE = 'of 50 callers at once exactly one gets true, and everybody reads its bytes'
const LIST = 'a list of 200 objects is whole, with their sizes, and while others come and go'
const KEYS = 'every printable character may be in a key, and no two keys are one'

class LooksFirst extends SoundStore {
  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    if ((await this.statObject(key)) !== undefined) return false
    await this.putObject(key, body, {})
    return true
  }
}

class SameIsMine extends SoundStore {
  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    if (await super.putObjectIfAbsent(key, body)) return true
    return Buffer.compare((await this.get(key)) ?? new Uint8Array(), body) === 0
  }
}

class RaceIsAnError extends SoundStore {
  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const known = await this.statObject(key)
    const won = await super.putObjectIfAbsent(key, body)
    if (!won && known === undefined) throw new Error('409 ConditionalRequestConflict')
    return won
  }
}

/** Takes the end of its connection for that of the object. */
class EndsWithItsConnection extends SoundStore {
  protected override async readObject(
    key: string,
    options: StoreCallOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const stream = await super.readObject(key, options)
    return stream && this.#untilTheEnd(stream)
  }
  async *#untilTheEnd(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let left = 2 ** 20
    for await (const chunk of stream) {
      yield chunk.subarray(0, left)
      left -= chunk.length
      if (left <= 0) return
    }
  }
}

class FirstPage extends SoundStore {
  protected override async *listObjects(prefix: string, options: StoreCallOptions): AsyncGenerator<StoredObject> {
    let count = 0
    for await (const object of super.listObjects(prefix, options)) if (count++ < 100) yield object
  }
}

/** As by `OFFSET`. */
class CountsPages extends SoundStore {
  protected override async *listObjects(prefix: string, options: StoreCallOptions): AsyncGenerator<StoredObject> {
    for (let from = 0; ; from += 40) {
      const all: StoredObject[] = []
      for await (const object of super.listObjects(prefix, options)) all.push(object)
      const page = all.toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(from, from + 40)
      yield* page
      if (page.length < 40) return
    }
  }
}

class ListsNoSizes extends SoundStore {
  protected override async *listObjects(prefix: string, options: StoreCallOptions): AsyncGenerator<StoredObject> {
    for await (const { key } of super.listObjects(prefix, options)) yield { key, size: 0 }
  }
}

class AnyErrorIsNotFound extends SoundStore {
  protected override async readObject(
    key: string,
    options: StoreCallOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    return super.readObject(key, options).catch(() => undefined)
  }
}

class WritesInPlace extends SoundStore {
  protected override async putObject(key: string, body: Body): Promise<number> {
    await writeFile(this.pathOf(key), headOf(key))
    let size = 0
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      await appendFile(this.pathOf(key), chunk)
      size += chunk.length
    }
    return size
  }
}

/** What came until then is an object, as if the stream had ended. */
class KeepsWhatCame extends SoundStore {
  protected override async putObject(key: string, body: Body, options: StoreCallOptions): Promise<number> {
    if (body instanceof Uint8Array) return super.putObject(key, body, options)
    return super.putObject(key, untilItFails(body, options.signal), {})
  }
}

async function* untilItFails(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      if (signal?.aborted === true) return
      yield chunk
    }
  } catch {
    // This is the mistake.
  }
}

class KeepsAll extends SoundStore {
  protected override async putObject(key: string, body: Body, options: StoreCallOptions): Promise<number> {
    return super.putObject(key, await collect(body), options)
  }
}

class WritesWholeMemory extends SoundStore {
  protected override async putObject(key: string, body: Body, options: StoreCallOptions): Promise<number> {
    return super.putObject(key, body instanceof Uint8Array ? new Uint8Array(body.buffer) : body, options)
  }
}

class Unpacks extends SoundStore {
  protected override async readObject(
    key: string,
    options: StoreCallOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const stream = await super.readObject(key, options)
    return stream && unpacked(stream)
  }
}

async function* unpacked(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = await collect(stream)
  yield bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
}

class EmptyIsTheEnd extends SoundStore {
  protected override async putObject(key: string, body: Body, options: StoreCallOptions): Promise<number> {
    return super.putObject(key, body instanceof Uint8Array ? body : untilEmpty(body), options)
  }
}

async function* untilEmpty(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    if (chunk.length === 0) return
    yield chunk
  }
}

class SmallLetters extends SoundStore {
  protected override pathOf(key: string): string {
    return super.pathOf(key.toLowerCase())
  }
}

class DecodesKeys extends SoundStore {
  protected override pathOf(key: string): string {
    return super.pathOf(key.replaceAll('%20', ' ').replaceAll('+', ' '))
  }
}

/** Objects of all places lie in one folder, with the place before the key, and no `/` between them. */
class NoSlash extends SoundStore {
  protected override async *listObjects(prefix: string, options: StoreCallOptions): AsyncGenerator<StoredObject> {
    yield* super.listObjects(prefix, options)
    const neighbour = new SoundStore({ folder: `${this.config.folder}-2` })
    for await (const { key, size } of neighbour.list(prefix)) yield { key: `-2/${key}`, size }
  }
}

class Remembers extends SoundStore {
  readonly #known = new Map<string, StoredObject | undefined>()
  protected override async statObject(key: string): Promise<StoredObject | undefined> {
    if (!this.#known.has(key)) this.#known.set(key, await super.statObject(key))
    return this.#known.get(key)
  }
}

class OwnPublicMethods extends SoundStore {
  override async put(key: string, body: Body, options: StoreCallOptions = {}): Promise<number> {
    return this.putObject(key, body, options)
  }
}

class MissingIsAnError extends SoundStore {
  protected override async deleteObject(key: string): Promise<void> {
    await rm(this.pathOf(key))
  }
}

class OddJobConfig extends SoundStore {
  override readonly jobConfig = { folder: this.config.folder, since: new Date(0) }
}

class SecretJobConfig extends SoundStore {
  override readonly jobConfig = { folder: this.config.folder, password: SECRET }
}

class LongJobConfig extends SoundStore {
  override readonly jobConfig = { folder: this.config.folder, padding: 'x'.repeat(512) }
}

class OtherPlaceInJobs extends SoundStore {
  override readonly jobConfig = { folder: join(this.config.folder, '..') }
}

/** What the stores' login would be. */
export const SECRET = 'hunter2-hunter2'

/** Every one has one mistake. */
export const BROKEN_STORES: readonly BrokenStore[] = [
  { mistake: 'putIfAbsent looks first and writes then', Store: LooksFirst, check: RACE, message: /conditional write/ },
  {
    mistake: 'putIfAbsent takes equal bytes for its own',
    Store: SameIsMine,
    check: 'putIfAbsent writes where there is nothing, and leaves what is there',
    message: /true means that this call wrote it/,
  },
  { mistake: 'a lost race is an error', Store: RaceIsAnError, check: RACE, message: /asked again by the hook/ },
  { mistake: 'list gives the first page', Store: FirstPage, check: LIST, message: /goes on to the last page/ },
  { mistake: 'list counts its pages', Store: CountsPages, check: LIST, message: /provider's own mark, not by a count/ },
  { mistake: 'list knows no sizes', Store: ListsNoSizes, check: LIST, message: /list\(\) says 0 bytes/ },
  {
    mistake: 'any error is "not found"',
    Store: AnyErrorIsNotFound,
    check: 'a store that gets no answer says so, and never that something is not there',
    message: /only what the provider says is not there is undefined/,
  },
  {
    mistake: 'objects are written in place',
    Store: WritesInPlace,
    check: 'nothing is seen of an object before its stream has ended',
    message: /a reader sees whole objects only/,
  },
  {
    mistake: 'objects are replaced in place',
    Store: WritesInPlace,
    check: 'readers see the old object or the new one, while it is replaced',
    message: /neither the old one nor the new one|which none of them had/,
  },
  {
    mistake: 'a stream that broke off is an object',
    Store: KeepsWhatCame,
    check: 'a stream that fails in the middle fails the call, and leaves what was there',
    message: /resolved although its source failed/,
  },
  {
    mistake: 'a put that was aborted leaves what had come',
    Store: KeepsWhatCame,
    check: 'an abort ends a put in its middle: the source is closed, and nothing is left',
    message: /resolved although its signal had aborted/,
  },
  {
    mistake: 'a stream is collected in memory',
    Store: KeepsAll,
    check: 'a large stream of unknown length goes in and comes out with flat memory',
    message: /putObject\(\) sends parts as they come/,
  },
  {
    mistake: 'of a view, all of its memory is written',
    Store: WritesWholeMemory,
    check: 'bytes stay as they are, whatever they look like',
    message: /those of a view too/,
  },
  {
    mistake: 'what is packed is unpacked',
    Store: Unpacks,
    check: 'bytes stay as they are, whatever they look like',
    message: /never packed or unpacked/,
  },
  {
    mistake: 'an empty piece ends a stream',
    Store: EmptyIsTheEnd,
    check: 'a stream may come in pieces of any size, empty ones and none at all',
    message: /an empty piece is not the end/,
  },
  { mistake: 'keys are made small', Store: SmallLetters, check: KEYS, message: /Two keys are one object/ },
  { mistake: 'keys are decoded', Store: DecodesKeys, check: KEYS, message: /Two keys are one object/ },
  {
    mistake: 'the prefix of a store has no end',
    Store: NoSlash,
    check: 'a store has the objects of its own place alone',
    message: /end the prefix of the store with a \//,
  },
  {
    mistake: 'what was not there is remembered',
    Store: Remembers,
    check: 'what one instance does, another sees at once',
    message: /nothing is kept in the instance/,
  },
  {
    mistake: 'a public method is replaced, and its checks with it',
    Store: OwnPublicMethods,
    check: 'what is no key is refused by every call',
    message: /leave the public methods to ArtifactStore/,
  },
  {
    mistake: 'deleting what is not there is an error',
    Store: MissingIsAnError,
    check: 'what is not there is undefined, and deleting it is success',
    message: /it is success/,
  },
  {
    mistake: 'jobConfig holds a Date',
    Store: OddJobConfig,
    check: 'jobConfig is plain JSON of at most 512 bytes, the same in every process, without credentials',
    message: /does not survive JSON/,
  },
  {
    mistake: 'jobConfig holds a password',
    Store: SecretJobConfig,
    check: 'jobConfig is plain JSON of at most 512 bytes, the same in every process, without credentials',
    message: /holds a credential/,
  },
  {
    mistake: 'jobConfig is too long',
    Store: LongJobConfig,
    check: 'jobConfig is plain JSON of at most 512 bytes, the same in every process, without credentials',
    message: /512 are the most/,
  },
  {
    mistake: 'a job opens another place',
    Store: OtherPlaceInJobs,
    check: 'a job that opens the store by its jobConfig has the same objects, and the same races',
    message: /opens the store that jobConfig says/,
  },
  {
    mistake: 'a connection that breaks is the end of an object',
    Store: EndsWithItsConnection,
    check: 'a body that the connection cuts short is never a short object',
    message: /1048576 bytes as if that were the object: compare/,
  },
]
