/** Values for one reader: who is slow gets the newest only, and each once. */
export class Latest<T extends object> {
  #value: T | undefined
  #failure: { readonly error: unknown } | undefined
  #waiting: PromiseWithResolvers<T> | undefined

  set(value: T): void {
    if (this.#waiting === undefined) this.#value = value
    else this.#waiting.resolve(value)
    this.#waiting = undefined
  }

  /** There is nothing more to come: from now on, `next` rejects. */
  fail(error: unknown): void {
    this.#failure = { error }
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }

  async next(): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure.error
    const value = this.#value
    this.#value = undefined
    if (value !== undefined) return value
    this.#waiting = Promise.withResolvers<T>()
    return this.#waiting.promise
  }
}
