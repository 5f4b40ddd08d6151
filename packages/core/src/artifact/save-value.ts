import { internalsOf, isArtifact } from './artifact-reference.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { fileInternals, isStoredFile } from './file.ts'
import { folderInternals, isFolder } from './folder.ts'
import { partKey } from './layout.ts'
import type { SaveContext } from './materializer.ts'
import type { StoredValue } from './stored-value.ts'
import { notStorable } from './value-error.ts'
import { formatFor } from './value-formats.ts'
import { writeMaterialized, type WriteKey } from './write-materialized.ts'

/** Where a value goes, and what may be in it. */
export interface SaveOptions {
  readonly store: ArtifactStore
  /**
   * A fixed key, which is written or replaced; or one made of the hash of the bytes, which is only written where it is
   * not there yet.
   */
  readonly key: WriteKey
  readonly signal?: AbortSignal
  /** What errors call the value. Default: `result`. */
  readonly name?: string
  /** Whether artifacts inside the value are kept as references. Default: they are an error. */
  readonly artifacts?: 'refer' | 'refuse'
  /** Copies memory that the caller could change before it is written. Default: false. */
  readonly snapshot?: boolean
}

/**
 * Stores a value and says where it lies and what its bytes hash to. Data is encoded before this function first awaits,
 * so changing it afterwards changes nothing; streams, files and folders are read as they are written. Files and folders
 * that come from the same store are not copied. Rejects with `VALUE_NOT_STORABLE`, which names the place in the value.
 */
export async function saveValue(value: unknown, options: SaveOptions): Promise<StoredValue> {
  const { store, name = 'result', signal, snapshot = false } = options
  signal?.throwIfAborted()
  const known = storedBefore(value, options, name)
  if (known !== undefined) return known
  const context: SaveContext = {
    name,
    snapshot,
    ...(signal === undefined ? {} : { signal }),
    saveInner: async (inner, index, path) =>
      saveValue(inner, { ...options, key: innerKey(options.key, index), name: path }),
  }
  const format = formatFor(value, name)
  const { meta, ...materialized } = await format.save(value, context)
  const stored = await writeMaterialized(materialized, { store, key: options.key, ...context })
  // As it will be read: a digest made now must be the digest that is made then.
  const plainMeta = meta === undefined ? {} : { meta: JSON.parse(JSON.stringify(meta)) as unknown }
  return { ...stored, materializer: format.name, ...plainMeta }
}

function innerKey(key: WriteKey, index: number): WriteKey {
  return typeof key === 'string' ? partKey(key, String(index)) : key
}

/** A reference to what lies in this store already. */
function storedBefore(value: unknown, { store, artifacts }: SaveOptions, name: string): StoredValue | undefined {
  if (isArtifact(value)) {
    if (artifacts !== 'refer') {
      throw notStorable(`${name} is an artifact`, 'Store its value instead: `await artifact.value()`.')
    }
    const internals = internalsOf(value)
    if (internals.store.uri === store.uri) return internals.stored
    throw notStorable(
      `${name} is an artifact of another store: it lies at ${value.uri}, and this run stores in ${store.uri}`,
      'Pass its value instead: `await artifact.value()`. The value is then stored again, here.',
    )
  }
  const origin = isStoredFile(value)
    ? fileInternals(value).origin
    : isFolder(value)
      ? folderInternals(value).origin
      : undefined
  return origin?.storeUri === store.uri ? origin.stored : undefined
}
