import { createHash } from 'node:crypto'

import { compareUtf8 } from './utf8-order.ts'

/** One page of a list. */
export interface Page<T> {
  /** At most `size`. */
  readonly items: readonly T[]
  /** Absent on the last one. */
  readonly next?: string
}

/** A token that nobody gave out, or that belongs to another list. */
export class PageTokenError extends Error {
  override readonly name: string = 'PageTokenError'
}

/** How a list is cut. */
export interface PageOptions<T> {
  /** At least 1. */
  readonly size: number
  /** Of the page before. Default: the first page. */
  readonly token?: string | undefined
  /** What the list shows: its filters and order. */
  readonly list: string
  /** Differs from item to item. */
  readonly keyOf: (item: T) => string
  /** The order in which the keys come. Default: that of their UTF-8 bytes. */
  readonly compare?: (left: string, right: string) => number
}

/**
 * Cuts a list into pages. A token says after which key it goes on, so that what comes and goes in between moves nothing, and
 * for which list it was made, so that another one refuses it with a `PageTokenError`. Throws a `RangeError` for a size below 1.
 */
export function pageOf<T>(items: readonly T[], options: PageOptions<T>): Page<T> {
  const { size, token, list, keyOf, compare = compareUtf8 } = options
  if (!(Number.isInteger(size) && size >= 1)) throw new RangeError(`a page cannot have ${size} items`)
  const start = token === undefined ? 0 : firstAfter(items, readToken(token, list), keyOf, compare)
  const page = items.slice(start, start + size)
  const last = page.at(-1)
  if (last === undefined || start + size >= items.length) return { items: page }
  return { items: page, next: makeToken(keyOf(last), list) }
}

function firstAfter<T>(
  items: readonly T[],
  key: string,
  keyOf: (item: T) => string,
  compare: (left: string, right: string) => number,
): number {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(keyOf(items[middle]!), key) > 0) high = middle
    else low = middle + 1
  }
  return low
}

function makeToken(key: string, list: string): string {
  return `${sealOf(key, list)}${Buffer.from(key).toString('base64url')}`
}

function readToken(token: string, list: string): string {
  const key = Buffer.from(token.slice(SEAL_LENGTH), 'base64url').toString()
  if (makeToken(key, list) === token) return key
  throw new PageTokenError('the token of the page is none that this list gave out')
}

const SEAL_LENGTH = 16

function sealOf(key: string, list: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['page', list, key]))
    .digest('base64url')
    .slice(0, SEAL_LENGTH)
}
