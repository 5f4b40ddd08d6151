import type { Readable } from 'node:stream'
import type { BlobSource } from '../distribution/registry-client.ts'

/** One thing in a layer. Owner, group and times are 0 in every layer. */
export type LayerEntry =
  /** Paths are relative to the image's root, with `/`, without a leading one. */
  | { readonly type: 'folder'; readonly path: string }
  | { readonly type: 'file'; readonly path: string; readonly executable: boolean; readonly size: number; open(): Readable }
  | { readonly type: 'symlink'; readonly path: string; readonly target: string }

/** A layer that lies in a file of this machine. */
export interface Layer extends BlobSource {
  readonly mediaType: string
  /** Digest of the uncompressed archive: the same on every machine. */
  readonly diffId: `sha256:${string}`
  readonly path: string
}

/** Writes entries as one gzipped tar file. The same entries give the same `diffId`, in whatever order they come. */
export async function writeLayer(
  _entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  _options: { readonly path: string; readonly signal: AbortSignal },
): Promise<Layer> {
  throw new Error('not there yet')
}
