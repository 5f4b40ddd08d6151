/** Takes so many items before it holds up whoever pushes. */
const ROOM = 1_000

/** Hands items from several producers to one reader, which holds them up where it is slower. */
export class Channel<T> {
  readonly #items: T[] = []
  #closed = false
  readonly #end: PromiseWithResolvers<void> = Promise.withResolvers()
  #left = false
  #more: PromiseWithResolvers<void> = Promise.withResolvers()
  #room: PromiseWithResolvers<void> = Promise.withResolvers()

  /** Resolves when there is room again. What nobody reads any more is dropped. */
  async push(item: T): Promise<void> {
    if (this.#left) return
    this.#items.push(item)
    this.#more.resolve()
    while (this.#items.length > ROOM && !this.#left) {
      this.#room = Promise.withResolvers()
      await this.#room.promise
    }
  }

  /** No more items: the reader ends after those that are there, with the error where there is one. */
  close(error?: unknown): void {
    this.#closed = true
    if (error === undefined) this.#end.resolve()
    else this.#end.reject(error)
    // It is the reader's, which may be gone.
    this.#end.promise.catch(() => undefined)
    this.#more.resolve()
  }

  /** For one reader. */
  async *read(): AsyncGenerator<T> {
    try {
      while (true) {
        this.#more = Promise.withResolvers()
        for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
          if (this.#items.length <= ROOM / 2) this.#room.resolve()
          yield item
        }
        if (this.#closed && this.#items.length === 0) return await this.#end.promise
        if (this.#items.length === 0) await this.#more.promise
      }
    } finally {
      this.#left = true
      this.#room.resolve()
    }
  }
}
