import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'

import { gzipMembers, PIECES_AT_ONCE } from './gzip-members.ts'
import { notWritable } from './layer-error.ts'
import { LAYER_MEDIA_TYPE, type Layer, type LayerEntry } from './layer.ts'
import { sortEntries } from './sort-entries.ts'
import { tarPieces } from './tar-pieces.ts'

/** Part of the digests: with other pieces the compressed bytes are others. */
const PIECE_SIZE = 4 * 1024 * 1024
/** An eighth smaller than level 1 for two thirds more work: written once, pulled by every job (docs/decisions/0012). */
export const SMALL = 6
/** For what is small anyway and written for every change: a fifth larger than {@link SMALL} in a third of the time. */
export const QUICK = 2

/** Where a layer is written to. */
export interface WriteLayerOptions {
  /** The file appears when it is complete, in the place of one that is there. Its folder exists. */
  readonly path: string
  /** gzip's level, part of the digest: {@link SMALL} or {@link QUICK}. Default: {@link SMALL}. */
  readonly level?: number
  readonly signal: AbortSignal
}

/**
 * Writes entries as one gzipped tar file. The same entries give the same `diffId`, in whatever order they come. Memory
 * stays flat however large the files are. Rejects with `IMAGE_INVALID` for entries that cannot be in a layer or that
 * cannot be read, `IMAGE_FAILED` where a file changes meanwhile or the disk is full, and the signal's reason; then nothing is left.
 */
export async function writeLayer(
  entries: AsyncIterable<LayerEntry> | Iterable<LayerEntry>,
  { path, level = SMALL, signal }: WriteLayerOptions,
): Promise<Layer> {
  signal.throwIfAborted()
  const sorted = await sortEntries(entries, { signal })
  const partial = `${path}.${randomUUID()}.partial`
  try {
    const written = await writeTo(partial, { path, level, entries: sorted, signal })
    signal.throwIfAborted()
    await rename(partial, path)
    return { mediaType: LAYER_MEDIA_TYPE, path, ...written, open: () => createReadStream(path) }
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

type Written = Pick<Layer, 'diffId' | 'uncompressedSize' | 'digest' | 'size'>

async function writeTo(
  partial: string,
  { path, level, entries, signal }: Required<WriteLayerOptions> & { readonly entries: readonly LayerEntry[] },
): Promise<Written> {
  const archive = createHash('sha256')
  const compressed = createHash('sha256')
  let uncompressedSize = 0
  let size = 0
  async function* hashedPieces(): AsyncGenerator<Uint8Array, void, void> {
    for await (const piece of tarPieces(entries, {
      pieceSize: PIECE_SIZE,
      buffers: PIECES_AT_ONCE,
      signal,
    })) {
      archive.update(piece)
      uncompressedSize += piece.length
      yield piece
    }
  }
  const file = await open(partial, 'wx', 0o600).catch((error: unknown) => notWritable(path, error))
  try {
    for await (const member of gzipMembers(hashedPieces(), { level, concurrency: PIECES_AT_ONCE })) {
      signal.throwIfAborted()
      compressed.update(member)
      size += member.length
      await file.writeFile(member).catch((error: unknown) => notWritable(path, error))
      free(member)
    }
  } finally {
    await file.close()
  }
  const diffId = `sha256:${archive.digest('hex')}` as const
  return { diffId, uncompressedSize, digest: `sha256:${compressed.digest('hex')}`, size }
}

/** Gives the memory of bytes back at once. Left to the garbage collector, a hundred megabytes of them would wait for it. */
function free({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
