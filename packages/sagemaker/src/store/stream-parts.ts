/** A piece of a stream, as S3 takes it. */
export interface StreamPart {
  /** From 1. */
  readonly number: number
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

const MIB = 2 ** 20
/** Bytes of a part: what S3 takes at least, but for the last one. Several are in memory at once. */
const PART_BYTES: number = 5 * MIB
/** After so many parts they grow, so that a stream may be larger than 10,000 small parts. */
const SMALL_PARTS = 2_000
const LARGE_PART_BYTES: number = 64 * MIB
/** What S3 takes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000
/** A stream may be a few bytes: what is set aside for a part grows with it. */
const FIRST_BYTES = 64 * 1024

/** The largest object that a stream can become, in bytes: some 510 GiB. */
export const MAX_STREAM_BYTES: number = SMALL_PARTS * PART_BYTES + (MAX_PARTS - SMALL_PARTS) * LARGE_PART_BYTES

/** How many bytes a part has, by its number. */
export function partBytes(number: number): number {
  return number <= SMALL_PARTS ? PART_BYTES : LARGE_PART_BYTES
}

/** What partsOf does otherwise, for tests of its limits. */
export interface PartSizes {
  /** Default: {@link partBytes}. */
  readonly bytesOf?: (number: number) => number
  /** Default: 10,000. */
  readonly most?: number
}

/**
 * Cuts a stream into parts, each of them whole but the last, which says so: an empty stream is one empty part. What it takes from the
 * stream it copies, so that whoever gives it may use its memory again. Throws a `RangeError` for more than the most parts.
 */
export async function* partsOf(
  body: AsyncIterable<Uint8Array>,
  { bytesOf = partBytes, most = MAX_PARTS }: PartSizes = {},
): AsyncGenerator<StreamPart> {
  let number = 1
  let part = new GrowingBytes(bytesOf(number))
  for await (const piece of body) {
    let rest = piece
    while (rest.length > 0) {
      // A whole part goes out only once there is more: so the last one is known.
      if (part.room === 0) {
        if (number === most) throw new RangeError('the stream is longer than an object of S3 can be')
        yield { number, bytes: part.bytes, isLast: false }
        number += 1
        part = new GrowingBytes(bytesOf(number))
      }
      const taken = rest.subarray(0, part.room)
      part.add(taken)
      rest = rest.subarray(taken.length)
    }
  }
  yield { number, bytes: part.bytes, isLast: true }
}

/** Bytes that become more, up to a limit. */
class GrowingBytes {
  readonly #limit: number
  #memory: Buffer
  #size = 0

  constructor(limit: number) {
    this.#limit = limit
    this.#memory = Buffer.allocUnsafeSlow(Math.min(FIRST_BYTES, limit))
  }

  /** Bytes until the limit. */
  get room(): number {
    return this.#limit - this.#size
  }

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#size)
  }

  /** No more than there is room for. */
  add(piece: Uint8Array): void {
    const needed = this.#size + piece.length
    if (needed > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#limit, Math.max(needed, this.#memory.length * 4)))
      this.#memory.copy(larger, 0, 0, this.#size)
      this.#memory = larger
    }
    this.#memory.set(piece, this.#size)
    this.#size = needed
  }
}
