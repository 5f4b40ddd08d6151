/** Longer lines are passed on in pieces, in UTF-16 code units. */
const MAX_LINE = 64 * 1024

/** Makes whole lines of text that comes in pieces. */
export class WholeLines {
  readonly #emit: (lines: readonly string[]) => void
  #rest = ''

  constructor(emit: (lines: readonly string[]) => void) {
    this.#emit = emit
  }

  write(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    while (this.#rest.length > MAX_LINE) {
      lines.push(this.#rest.slice(0, MAX_LINE))
      this.#rest = this.#rest.slice(MAX_LINE)
    }
    if (lines.length > 0) this.#emit(lines)
  }

  /** Emits a last line without an end. */
  end(): void {
    if (this.#rest === '') return
    this.#emit([this.#rest])
    this.#rest = ''
  }
}
