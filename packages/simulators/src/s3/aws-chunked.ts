import { S3Error } from './s3-error.ts'

/** How a body in chunks of AWS is read. */
export interface AwsChunkedOptions {
  /** Of all chunks together, as the request says. */
  readonly decodedLength: number
  /** True where each chunk has a signature of its own. */
  readonly isSigned: boolean
  /** The trailer that the request announced, in small letters. */
  readonly trailer: string | undefined
  /** Is told its value. */
  readonly onTrailer: (value: string) => void
}

const MAX_LINE_BYTES = 4096
/** Of all chunks but the last, signed or not: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html. */
const MIN_CHUNK_BYTES = 8192

/**
 * The bytes in a body of the content encoding `aws-chunked`: chunks of `size[;chunk-signature=…]`, then trailers. That the
 * signatures have their form is checked; what they sign is not. Throws the `S3Error` that S3 answers with.
 */
export async function* decodeAwsChunked(
  body: AsyncIterable<Uint8Array>,
  options: AwsChunkedOptions,
): AsyncGenerator<Uint8Array> {
  const input = new Input(body)
  let received = 0
  let last = Infinity
  for (let size = await chunkSize(input, options); size > 0; size = await chunkSize(input, options)) {
    received += size
    if (received > options.decodedLength) throw new S3Error('IncompleteBody')
    if (last < MIN_CHUNK_BYTES) {
      throw new S3Error('InvalidChunkSizeError', { details: [['BadChunkSize', last]] })
    }
    last = size
    yield* input.take(size)
    if ((await input.line()) !== '') throw new S3Error('IncompleteBody')
  }
  if (received !== options.decodedLength) throw new S3Error('IncompleteBody')
  await readTrailers(input, options)
}

async function chunkSize(input: Input, { isSigned }: AwsChunkedOptions): Promise<number> {
  const [, size, signature] = /^([\da-fA-F]{1,12})(;chunk-signature=[\da-f]{64})?$/.exec(await input.line()) ?? []
  if (size === undefined || (signature !== undefined) !== isSigned) throw new S3Error('IncompleteBody')
  return Number.parseInt(size, 16)
}

async function readTrailers(input: Input, { trailer, isSigned, onTrailer }: AwsChunkedOptions): Promise<void> {
  const found = new Map<string, string>()
  for (let line = await input.line(); line !== ''; line = await input.line()) {
    const [, name, value] = /^([\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined || value === undefined || found.has(name.toLowerCase())) {
      throw new S3Error('MalformedTrailerError')
    }
    found.set(name.toLowerCase(), value)
  }
  if (!(await input.isAtEnd())) throw new S3Error('MalformedTrailerError')
  const isTrailerSigned = found.delete('x-amz-trailer-signature')
  const value = trailer === undefined ? undefined : found.get(trailer)
  const expected = trailer === undefined ? 0 : 1
  if (
    found.size !== expected ||
    (expected === 1 && value === undefined) ||
    isTrailerSigned !== (isSigned && expected === 1)
  ) {
    throw new S3Error('MalformedTrailerError')
  }
  if (value !== undefined) onTrailer(value)
}

/** Bytes that are taken by count or by line. */
class Input {
  readonly #iterator: AsyncIterator<Uint8Array>
  #rest: Buffer = Buffer.alloc(0)

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#iterator = body[Symbol.asyncIterator]()
  }

  /** So many bytes. Throws `IncompleteBody` where there are fewer. */
  async *take(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#more())) throw new S3Error('IncompleteBody')
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }

  /** Until the next end of a line, without it. At the end of all: an empty one. */
  async line(): Promise<string> {
    let end = this.#rest.indexOf('\r\n')
    while (end === -1) {
      if (this.#rest.length > MAX_LINE_BYTES) throw new S3Error('IncompleteBody')
      if (!(await this.#more())) {
        if (this.#rest.length > 0) throw new S3Error('IncompleteBody')
        return ''
      }
      end = this.#rest.indexOf('\r\n')
    }
    const line = this.#rest.toString('latin1', 0, end)
    this.#rest = this.#rest.subarray(end + 2)
    return line
  }

  async isAtEnd(): Promise<boolean> {
    return this.#rest.length === 0 && !(await this.#more())
  }

  async #more(): Promise<boolean> {
    for (let next = await this.#iterator.next(); next.done !== true; next = await this.#iterator.next()) {
      if (next.value.length === 0) continue
      const { buffer, byteOffset, length } = next.value
      const more = Buffer.from(buffer, byteOffset, length)
      this.#rest = this.#rest.length === 0 ? more : Buffer.concat([this.#rest, more])
      return true
    }
    return false
  }
}
