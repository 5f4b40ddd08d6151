/** One page of a list. */
export interface Page<T> {
  /** At most `size`. */
  readonly items: readonly T[]
  /** Absent on the last one. */
  readonly next?: string
}

/** A token that nobody else made, or that belongs to another list. */
export class PageTokenError extends Error {
  override readonly name: string = 'PageTokenError'
}

/**
 * Cuts a list into pages. A token says after which item it goes on, so that what comes and goes in between moves nothing, and
 * for which list it was made (`list`: its filters and order), so that another one refuses it with a `PageTokenError`.
 */
export function pageOf<T>(
  _items: readonly T[],
  _options: {
    readonly size: number
    readonly token?: string | undefined
    readonly list: string
    readonly keyOf: (item: T) => string
  },
): Page<T> {
  throw new Error('not there yet')
}
