import type { FileEntry, LayerEntry } from './layer.ts'
import { changedWhileRead, shown } from './layer-error.ts'
import { TAR_END, tarHeader, tarPadding } from './tar-header.ts'

/** Bytes of what is read at once. */
const SCRATCH = 1024 * 1024

/** How a tar file is cut. */
export interface TarPiecesOptions {
  /** Bytes of every piece but the last. */
  readonly pieceSize: number
  /** Pieces that are in use at a time: the memory of one is used again for the one that comes so many later. */
  readonly buffers: number
  readonly signal: AbortSignal
}

/**
 * A tar file of entries, in the order that they come, in pieces of one size. A file whose bytes are not as many as its
 * entry says is an error that names it: the header went out before them.
 */
export async function* tarPieces(
  entries: Iterable<LayerEntry>,
  { pieceSize, buffers, signal }: TarPiecesOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const free = Array.from({ length: buffers }, () => Buffer.allocUnsafe(pieceSize))
  const scratch = Buffer.allocUnsafe(SCRATCH)
  let next = 0
  let used = 0
  function* put(bytes: Uint8Array): Generator<Uint8Array, void, void> {
    for (let from = 0; from < bytes.length;) {
      const piece = free[next] as Buffer
      const count = Math.min(bytes.length - from, pieceSize - used)
      piece.set(bytes.subarray(from, from + count), used)
      from += count
      used += count
      if (used < pieceSize) continue
      yield piece
      next = (next + 1) % buffers
      used = 0
    }
  }
  // Not `yield*`, which would wait once for each of them: most fill no piece.
  for (const entry of entries) {
    signal.throwIfAborted()
    for (const piece of put(tarHeader(entry))) yield piece
    if (entry.type !== 'file') continue
    const content = entry.content?.(scratch) ?? entry.open()
    let left = entry.size
    if (Symbol.iterator in content) {
      for (const bytes of content) {
        left = rest(entry, left, bytes)
        for (const piece of put(bytes)) yield piece
      }
    } else {
      for await (const bytes of content as AsyncIterable<Uint8Array>) {
        signal.throwIfAborted()
        left = rest(entry, left, bytes)
        for (const piece of put(bytes)) yield piece
      }
    }
    if (left > 0) throw sizeError(entry, `${left} of them are missing`)
    for (const piece of put(new Uint8Array(tarPadding(entry.size)))) yield piece
  }
  for (const piece of put(TAR_END)) yield piece
  if (used > 0) yield (free[next] as Buffer).subarray(0, used)
}

/** How many bytes are still to come. */
function rest(entry: FileEntry, left: number, bytes: Uint8Array): number {
  if (bytes.length > left) throw sizeError(entry, 'it has more')
  return left - bytes.length
}

function sizeError(entry: FileEntry, what: string): Error {
  return changedWhileRead(shown(entry.path), `it began with ${entry.size} bytes, and ${what}`)
}
