import { StringDecoder } from 'node:string_decoder'

/** Longer lines are cut, so that one endless line takes no memory. In UTF-16 units. */
export const LONGEST_LINE: number = 64 * 1024

/**
 * An endless line is cut this long before its known end: a secret that stands across the cut is then seen whole. In
 * UTF-16 units.
 */
const HELD_BACK = 16 * 1024

export interface SplitLine {
  readonly text: string
  /** True where the line goes on in the next piece. */
  readonly partial: boolean
}

/** Turns the bytes of one output stream into lines of text without secrets. Bytes that are no UTF-8 become U+FFFD. */
export class LineSplitter {
  readonly #decoder: StringDecoder = new StringDecoder('utf8')
  readonly #redact: (text: string) => string
  #rest = ''

  constructor(redact: (text: string) => string = (text) => text) {
    this.#redact = redact
  }

  *push(bytes: Uint8Array): Generator<SplitLine> {
    yield* this.#split(this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
  }

  /** What stands after the last line break. */
  *end(): Generator<SplitLine> {
    yield* this.#split(this.#decoder.end())
    if (this.#rest !== '') yield* this.#whole(this.#rest)
    this.#rest = ''
  }

  *#split(text: string): Generator<SplitLine> {
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const line = this.#rest + text.slice(start, end)
      this.#rest = ''
      yield* this.#whole(line.endsWith('\r') ? line.slice(0, -1) : line)
      start = end + 1
    }
    this.#rest += text.slice(start)
    if (this.#rest.length > LONGEST_LINE + HELD_BACK) this.#rest = yield* this.#cut(this.#rest, HELD_BACK)
  }

  *#whole(line: string): Generator<SplitLine> {
    yield { text: yield* this.#cut(line, 0), partial: false }
  }

  /** Yields all full pieces, and returns what is left of the line: more than is held back. */
  *#cut(line: string, heldBack: number): Generator<SplitLine, string> {
    const clean = this.#redact(line)
    let start = 0
    for (; clean.length - start > LONGEST_LINE + heldBack; start += LONGEST_LINE) {
      yield { text: clean.slice(start, start + LONGEST_LINE), partial: true }
    }
    return clean.slice(start)
  }
}
