import { availableParallelism } from 'node:os'
import { createGzip } from 'node:zlib'

/** Node.js has four threads for this by default; what waits for one is memory that only waits. */
export const PIECES_AT_ONCE: number = Math.min(availableParallelism(), 4)
/** By how many bytes a member is longer than its piece, at most: more than zlib says of pieces of 4 MiB. */
const OUTPUT_MARGIN = 64 * 1024
/** RFC 1952: where a member's header names the operating system, and the number for "unknown". */
const SYSTEM_OFFSET = 9
const UNKNOWN_SYSTEM = 255

/** How pieces are compressed. */
export interface GzipMembersOptions {
  /** 1 (fast) to 9 (small). */
  readonly level: number
  /** Pieces at a time; a piece is not read any more when this many further ones are asked for. */
  readonly concurrency: number
}

/**
 * Compresses each piece as a gzip member of its own, several at once, in their order. Members behind one another are
 * one gzip stream (RFC 1952). Each has memory of its own. Nothing in them depends on the time or on the operating system. No more pieces are taken
 * than are being compressed.
 */
export async function* gzipMembers(
  pieces: AsyncIterable<Uint8Array>,
  { level, concurrency }: GzipMembersOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const members: Promise<Uint8Array>[] = []
  const next = async (): Promise<Uint8Array> => (await members.shift()) as Uint8Array
  try {
    for await (const piece of pieces) {
      members.push(gzipMember(piece, level))
      if (members.length >= concurrency) yield await next()
    }
    while (members.length > 0) yield await next()
  } finally {
    await Promise.allSettled(members)
  }
}

function gzipMember(piece: Uint8Array, level: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // One buffer of which only what is written is real memory: several cost a trip to zlib's thread each. Not by `gzip()`,
    // which gives a copy, and leaves its own to the garbage collector.
    const compressing = createGzip({ level, chunkSize: piece.length + OUTPUT_MARGIN })
    const parts: Buffer[] = []
    compressing.on('data', (part: Buffer) => parts.push(part))
    compressing.on('error', reject)
    compressing.on('close', () => {
      const member = joined(parts)
      member[SYSTEM_OFFSET] = UNKNOWN_SYSTEM
      resolve(member)
    })
    compressing.end(piece)
  })
}

/** Parts that zlib has written one behind the other into one buffer, which need not be copied. */
function joined(parts: readonly Buffer[]): Buffer {
  const [first] = parts
  if (first === undefined || parts.some(({ buffer }) => buffer !== first.buffer)) return Buffer.concat(parts)
  return Buffer.from(
    first.buffer,
    first.byteOffset,
    parts.reduce((size, part) => size + part.length, 0),
  )
}
