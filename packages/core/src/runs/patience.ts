/** Ends a call that nothing has come of for so long. */
export class Patience {
  readonly signal: AbortSignal
  readonly #over = new AbortController()
  readonly #timer: NodeJS.Timeout

  /** Together with what the caller waits for, where it gives a signal. */
  constructor(milliseconds: number, signal?: AbortSignal) {
    const { signal: over } = this.#over
    this.signal = signal === undefined ? over : AbortSignal.any([over, signal])
    const reason = new DOMException('the provider gives no answer', 'TimeoutError')
    this.#timer = setTimeout(() => this.#over.abort(reason), milliseconds).unref()
  }

  /** Something has come. */
  renew(): void {
    this.#timer.refresh()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
