const LINE_END = 0x0a
/** In bytes: no text is endless, and memory is not either. */
const LONGEST_LINE = 64 * 1024 * 1024

/** The lines of a text whose bytes come in pieces. */
export class LineSplitter {
  readonly #onLine: (line: string) => void
  readonly #longest: number
  #parts: Buffer[] = []
  #size = 0

  /** A line longer than `longest` bytes is told in parts. Default: 64 MiB. */
  constructor(onLine: (line: string) => void, longest: number = LONGEST_LINE) {
    this.#onLine = onLine
    this.#longest = longest
  }

  /** More of the text. It is not changed, and may be kept until its line is complete. */
  write(piece: Buffer): void {
    let from = 0
    for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, from)) {
      this.#add(piece.subarray(from, end))
      this.#tell()
      from = end + 1
    }
    this.#add(piece.subarray(from))
  }

  /** Nothing follows: what has no end is a line, too. */
  end(): void {
    if (this.#size > 0) this.#tell()
  }

  #add(part: Buffer): void {
    for (let rest = part; rest.length > 0;) {
      if (this.#size === this.#longest) this.#tell()
      const some = rest.subarray(0, this.#longest - this.#size)
      this.#parts.push(some)
      this.#size += some.length
      rest = rest.subarray(some.length)
    }
  }

  #tell(): void {
    const line = Buffer.concat(this.#parts, this.#size).toString()
    this.#parts = []
    this.#size = 0
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}
