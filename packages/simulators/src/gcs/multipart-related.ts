import { invalid } from './gcs-error.ts'

/** A part of a body, as it arrives. */
export interface RelatedPart {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Has to be read before the next part is asked for. */
  readonly body: AsyncGenerator<Uint8Array>
}

const MAX_HEADERS_BYTES = 16 * 1024

/** The boundary of a `multipart/related`. Throws a 400 where the content type is another one, or has none. */
export function relatedBoundary(contentType: string | undefined): string {
  const [, quoted, plain] =
    /^multipart\/related\b[^]*;\s*boundary=(?:"([^"]+)"|'?([^\s;"']+)'?)/i.exec(contentType ?? '') ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw invalid('The content of a multipart upload is multipart/related, with a boundary.')
  return boundary
}

/** Cuts a body of `multipart/related` into its parts, holding back no more than a boundary. Throws a 400 for what is none. */
export async function* relatedParts(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<RelatedPart> {
  const reader = new Reader(body)
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  // The first boundary may be the first bytes.
  reader.unread(Buffer.from('\r\n'))
  for await (const _preamble of reader.until(delimiter));
  while (!(await isLast(reader))) {
    yield { headers: await readHeaders(reader), body: reader.until(delimiter) }
  }
  // What comes after the last part means nothing; the connection is to be used again.
  await reader.drain()
}

/** After a boundary. */
async function isLast(reader: Reader): Promise<boolean> {
  const next = await reader.take(2)
  if (next === '--') return true
  // A boundary may have spaces after it.
  for (let two = next; two !== '\r\n'; two = two.slice(1) + (await reader.take(1))) {
    if (!/^[ \t]/.test(two)) throw malformed()
  }
  return false
}

async function readHeaders(reader: Reader): Promise<Readonly<Record<string, string>>> {
  const headers: Record<string, string> = {}
  let size = 0
  for (;;) {
    const line: Uint8Array[] = []
    for await (const chunk of reader.until(Buffer.from('\r\n'))) {
      size += chunk.length
      if (size > MAX_HEADERS_BYTES) throw malformed()
      line.push(chunk)
    }
    const text = Buffer.concat(line).toString()
    if (text === '') return headers
    const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(text) ?? []
    if (name === undefined || value === undefined) throw malformed()
    headers[name.toLowerCase()] = value
  }
}

function malformed(): Error {
  return invalid('Malformed multipart body.')
}

/** Reads up to marks, whatever pieces the bytes come in. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  unread(bytes: Buffer): void {
    this.#held = Buffer.concat([bytes, this.#held])
  }

  /** What comes before the mark, which is skipped. Throws where there is none. */
  async *until(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      if (at >= 0) {
        const before = this.#held.subarray(0, at)
        this.#held = this.#held.subarray(at + mark.length)
        if (before.length > 0) yield before
        return
      }
      // The mark may have begun in the last bytes.
      const sure = this.#held.length - (mark.length - 1)
      if (sure > 0) {
        const before = this.#held.subarray(0, sure)
        this.#held = this.#held.subarray(sure)
        yield before
      }
      if (!(await this.#more())) throw malformed()
    }
  }

  /** The next characters. Throws where there are fewer. */
  async take(count: number): Promise<string> {
    while (this.#held.length < count) if (!(await this.#more())) throw malformed()
    const taken = this.#held.subarray(0, count).toString('latin1')
    this.#held = this.#held.subarray(count)
    return taken
  }

  async drain(): Promise<void> {
    while (await this.#more()) this.#held = Buffer.alloc(0)
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done === true) return false
    this.#held =
      this.#held.length === 0
        ? Buffer.from(value.buffer, value.byteOffset, value.length)
        : Buffer.concat([this.#held, value])
    return true
  }
}
