import type { Readable } from 'node:stream'

import type { Digest } from '../distribution/digest.ts'
import type { RepositoryClient } from '../distribution/registry-client.ts'
import { isTransient } from '../distribution/retry.ts'

/** Connections that break in the middle of a blob, one after the other, before it is given up. */
const MOST_BREAKS = 3

/**
 * Reads a blob from its beginning, and anew where its connection breaks: `use` is called for each try, and must leave
 * nothing behind when it rejects. Rejects with the registry's errors, and with those of `use`.
 */
export async function readBlob<T>(
  repository: RepositoryClient,
  digest: Digest,
  { signal, use }: { readonly signal: AbortSignal; readonly use: (blob: Readable) => Promise<T> },
): Promise<T> {
  for (let breaks = 1; ; breaks++) {
    const blob = await repository.blob(digest, { signal })
    try {
      return await use(blob)
    } catch (error) {
      signal.throwIfAborted()
      // What `use` says of a stream that broke is that it broke.
      if (blob.errored === null) throw error
      if (!isTransient(blob.errored) || breaks === MOST_BREAKS) throw blob.errored
    } finally {
      blob.destroy()
    }
  }
}
