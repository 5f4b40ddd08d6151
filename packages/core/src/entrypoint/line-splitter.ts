import { StringDecoder } from 'node:string_decoder'

/** Longer lines are cut, so that one endless line takes no memory. In UTF-16 units. */
export const LONGEST_LINE: number = 64 * 1024

export interface SplitLine {
  readonly text: string
  /** True where the line goes on in the next piece. */
  readonly partial: boolean
}

/** Turns the bytes of one output stream into lines of text. Bytes that are no UTF-8 become U+FFFD. */
export class LineSplitter {
  readonly #decoder: StringDecoder = new StringDecoder('utf8')
  #rest = '';

  *push(bytes: Uint8Array): Generator<SplitLine> {
    yield* this.#split(this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
  }

  /** What stands after the last line break. */
  *end(): Generator<SplitLine> {
    yield* this.#split(this.#decoder.end())
    if (this.#rest !== '') yield { text: this.#rest, partial: false }
    this.#rest = ''
  }

  *#split(text: string): Generator<SplitLine> {
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      yield* this.#cut(this.#rest + text.slice(start, end))
      const line = this.#rest
      this.#rest = ''
      yield { text: line.endsWith('\r') ? line.slice(0, -1) : line, partial: false }
      start = end + 1
    }
    yield* this.#cut(this.#rest + text.slice(start))
  }

  /** Yields all full pieces and keeps what is left. */
  *#cut(line: string): Generator<SplitLine> {
    let start = 0
    for (; line.length - start > LONGEST_LINE; start += LONGEST_LINE) {
      yield { text: line.slice(start, start + LONGEST_LINE), partial: true }
    }
    this.#rest = line.slice(start)
  }
}
