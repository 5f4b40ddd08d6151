import { compareUtf8 } from '../ground/utf8-order.ts'

/** One line of a list of keys: an item, or all items whose keys go on with the same characters until a delimiter. */
export type Entry<T> = { readonly name: string; readonly item: T } | { readonly name: string; readonly item: undefined }

/** How keys are listed. */
export interface GroupingOptions {
  readonly prefix: string
  /** Empty: nothing is grouped. */
  readonly delimiter: string
  /** Only what comes after it; a group of this name has been listed. Empty: from the start. */
  readonly after: string
}

/** Items in the order of their keys, with those that have a delimiter after the prefix as one line, named to its end. */
export function grouped<T extends { readonly key: string }>(
  items: readonly T[],
  { prefix, delimiter, after }: GroupingOptions,
): readonly Entry<T>[] {
  const entries: Entry<T>[] = []
  for (const item of items) {
    const { key } = item
    if (!key.startsWith(prefix) || (after !== '' && compareUtf8(key, after) <= 0)) continue
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    if (end === -1) {
      entries.push({ name: key, item })
      continue
    }
    const name = key.slice(0, end + delimiter.length)
    const last = entries.at(-1)
    if (name === after || (last !== undefined && last.item === undefined && last.name === name)) continue
    entries.push({ name, item: undefined })
  }
  return entries
}

/** As `encoding-type=url` wants it: percent signs for all but the safe characters and slashes, plus signs for spaces. */
export function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
    .replaceAll(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
