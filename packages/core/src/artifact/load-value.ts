import { configError } from '../errors.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { collect } from './byte-stream.ts'
import { partKey } from './layout.ts'
import type { ValueReader } from './materializer.ts'
import type { StoredValue } from './stored-value.ts'
import { formatNamed } from './value-formats.ts'
import { readVerified } from './verified-read.ts'

/** Where a value lies. */
export interface LoadOptions {
  readonly store: ArtifactStore
  readonly signal?: AbortSignal
}

/**
 * Reads a stored value back. Rejects with `ARTIFACT_CORRUPT` where its bytes are not the ones that were written, with
 * `ARTIFACT_MISSING` where they are gone, and with `CONFIG_INVALID` where its materializer is not registered. What is
 * read later (streams, files, the files of a folder) fails in the same ways, then.
 */
export async function loadValue(stored: StoredValue, options: LoadOptions): Promise<unknown> {
  const { store, signal } = options
  signal?.throwIfAborted()
  const format = formatNamed(stored.materializer)
  if (format === undefined) {
    throw configError(
      'CONFIG_INVALID',
      `${store.uri}/${stored.key} was written by the materializer ${JSON.stringify(stored.materializer)}, which is not registered here`,
      "Call registerMaterializer() with it at the top of the pipeline's module, or of a module that this one imports.",
    )
  }
  return format.load(readerOf(stored, options), stored.meta, {
    stored,
    storeUri: store.uri,
    loadInner: async (inner) => loadValue(inner, options),
    ...(signal === undefined ? {} : { signal }),
  })
}

function readerOf(stored: StoredValue, { store, signal: loading }: LoadOptions): ValueReader {
  const { key, sha256, size } = stored
  return {
    bytes: async () => collect(readVerified(store, stored, loading)),
    stream: (signal) => reopened(() => readVerified(store, { key, sha256, size }, signal)),
    part: (name, expected, signal) =>
      reopened(() =>
        readVerified(store, { key: partKey(key, name), sha256: expected.sha256, size: expected.size }, signal),
      ),
  }
}

function reopened(open: () => AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: open }
}
