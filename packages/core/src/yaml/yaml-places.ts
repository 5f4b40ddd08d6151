import { isAlias, isCollection, isMap, isPair, isScalar, type Node, type Pair, type YAMLMap } from 'yaml'

/** The entry of a map under a key, as text: `1` is found as `'1'`. */
export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && (String(pair.key.value) === key || pair.key.source === key))
}

/** Where the key of an entry begins. */
export function startOf(item: unknown): number {
  return rangeOf(isPair(item) ? item.key : item)[0]
}

/** Where the last character of a node or entry ends, comments and blank lines behind it left out. */
export function endOf(item: unknown): number {
  if (isPair(item)) return item.value === null || item.value === undefined ? endOf(item.key) : endOf(item.value)
  if (isCollection(item) && item.flow !== true && item.items.length > 0) return endOf(item.items.at(-1))
  return rangeOf(item)[1]
}

/** Whether nothing is written at all, as in `key:`. */
export function isUnwritten(value: unknown): boolean {
  return value === null || value === undefined || (isScalar(value) && rangeOf(value)[0] === rangeOf(value)[1])
}

export function isEmptyMap(value: unknown): boolean {
  return isMap(value) && value.items.length === 0
}

/** Where the line begins that a place is on. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

/** Where the next line begins; the place itself where it is the beginning of a line. */
export function nextLine(text: string, at: number): number {
  if (at > 0 && text[at - 1] === '\n') return at
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at)
}

/**
 * The beginning of the line behind an item that ends at a place, and behind the comments that are indented deeper than
 * the item: they are about what is in it.
 */
export function behind(text: string, end: number, column: number): number {
  let found = nextLine(text, end)
  for (let at = found; at < text.length;) {
    const next = nextLine(text, at + 1)
    const line = text.slice(at, next).trimEnd()
    const isComment = line.trimStart().startsWith('#')
    if (line !== '' && !(isComment && line.search(/\S/) > column)) break
    if (isComment) found = next
    at = next
  }
  return found
}

/** The beginning of the line of an item, or of the comment that stands directly above it; never the head of the file. */
export function above(text: string, start: number): number {
  const column = columnOf(text, start)
  const own = lineStart(text, start)
  let found = own
  while (found > 0) {
    const previous = lineStart(text, found - 1)
    const line = text.slice(previous, found)
    if (!line.trimStart().startsWith('#') || line.search(/\S/) !== column) break
    found = previous
  }
  return found === 0 ? own : found
}

/** Whether the line before a place, which is the beginning of a line, is blank. */
export function isAfterBlank(text: string, at: number): boolean {
  return at > 0 && text.slice(lineStart(text, at - 1), at).trim() === ''
}

function rangeOf(node: unknown): readonly [number, number, number] {
  const range = isScalar(node) || isCollection(node) || isAlias(node) ? (node as Node).range : undefined
  if (range === undefined || range === null) throw new Error('a node that was parsed has a range')
  return range
}
