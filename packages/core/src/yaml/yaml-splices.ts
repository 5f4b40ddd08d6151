import { isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'

import { renderEntry, renderFlow, renderFlowEntry, renderItem } from './render-yaml.ts'
import {
  above,
  behind,
  columnOf,
  endOf,
  isAfterBlank,
  isUnwritten,
  lineStart,
  nextLine,
  startOf,
} from './yaml-places.ts'

/** A text that is edited, with how it is written. */
export interface YamlSource {
  readonly text: string
  readonly newline: string
  /** Its parsed content. */
  readonly root: unknown
}

/** Characters of a text, and what takes their place. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A new entry, last in a map that has others. */
export function addition(source: YamlSource, map: YAMLMap, key: string, value: unknown): Splice {
  const last = map.items.at(-1)
  if (map.flow === true) return insertion(endOf(last), `, ${renderFlowEntry(key, value)}`)
  const column = columnOf(source.text, startOf(map.items[0]))
  const at = behind(source.text, endOf(last), column)
  return insertion(at, `${gapIn(source, map)}${blockEntry(source, column, key, value)}${source.newline}`)
}

/** A new entry of the root, where it belongs by the order of its keys; those that are not in it are the last. */
export function rootAddition(source: YamlSource, order: readonly string[], key: string, value: unknown): Splice {
  const { text, root, newline } = source
  const entry = `${blockEntry(source, 0, key, value)}${newline}`
  if (!isMap(root) || root.items.length === 0) {
    // Nothing, `{}` or `null`: the entry takes its place.
    if (root === null || isUnwritten(root)) return insertion(text.length, entry)
    const start = startOf(root)
    if (isFirstOnLine(text, start)) return { start, end: endOf(root), text: entry.trimEnd() }
    // Behind `---`, where no block begins.
    return { start: text.slice(0, start).trimEnd().length, end: endOf(root), text: `${newline}${entry.trimEnd()}` }
  }
  if (root.flow === true) return addition(source, root, key, value)
  const rankOf = (name: unknown): number => {
    const rank = order.indexOf(String(name))
    return rank === -1 ? order.length : rank
  }
  const rank = (item: Pair): number => rankOf(isScalar(item.key) ? item.key.value : '')
  const before = root.items
    .filter((item) => rank(item) <= rankOf(key))
    .toSorted((a, b) => rank(a) - rank(b))
    .at(-1)
  const gap = gapIn(source, root)
  if (before === undefined) return insertion(above(text, startOf(root.items[0])), `${entry}${gap}`)
  return insertion(behind(text, endOf(before), 0), `${gap}${entry}`)
}

/** An entry with another value, written anew as a whole. */
export function rewriting(source: YamlSource, map: YAMLMap, pair: Pair, value: unknown): Splice {
  const { text, newline } = source
  const [start, end] = [startOf(pair), endOf(pair)]
  const key = isScalar(pair.key) ? String(pair.key.value) : ''
  const shortLists = !isSeq(pair.value) || pair.value.flow === true
  const entry =
    map.flow === true
      ? renderFlowEntry(key, value)
      : blockEntry(source, columnOf(text, start), key, value, shortLists).trimStart()
  // A block text ends with its last line break.
  const to = text.slice(0, isUnwritten(pair.value) ? afterColon(text, end) : end).trimEnd().length
  const lineEnd = nextLine(text, to)
  const behindIt = text.slice(to, lineEnd).trimEnd()
  const [first = '', ...lines] = entry.split(newline)
  // Behind the last line of a text it would be one of its words.
  if (lines.length > 0 && /^\s+#/.test(behindIt) && /[:|>][-+]?\d?$/.test(first)) {
    return { start, end: to + behindIt.length, text: [`${first}${behindIt}`, ...lines].join(newline) }
  }
  return { start, end: to, text: entry }
}

/** Without an entry of a map, and without the comment directly above it. */
export function removal({ text }: YamlSource, map: YAMLMap, pair: Pair): Splice {
  if (map.flow === true) return flowRemoval(text, map.items, map.items.indexOf(pair))
  const [start, end] = [startOf(pair), isUnwritten(pair.value) ? afterColon(text, endOf(pair)) : endOf(pair)]
  if (!isFirstOnLine(text, start)) {
    const next = map.items[map.items.indexOf(pair) + 1]
    return { start, end: next === undefined ? nextLine(text, end) : startOf(next), text: '' }
  }
  const from = above(text, start)
  const to = behind(text, end, columnOf(text, start))
  const isBlankBehind = to === text.length || text.slice(to, nextLine(text, to + 1)).trim() === ''
  const isDoubled = isBlankBehind && isAfterBlank(text, from)
  return { start: isDoubled ? lineStart(text, from - 1) : from, end: to, text: '' }
}

/** Without an item of a list, and without the comment directly above it. */
export function itemRemoval({ text }: YamlSource, list: YAMLSeq, index: number): Splice {
  if (list.flow === true) return flowRemoval(text, list.items, index)
  const item = list.items[index]
  const dash = dashOf(text, item)
  return { start: above(text, dash), end: behind(text, endOf(item), columnOf(text, dash)), text: '' }
}

/** New items behind those that a list has. */
export function appending(source: YamlSource, list: YAMLSeq, values: readonly unknown[]): Splice {
  const { text, newline } = source
  const last = list.items.at(-1)
  if (list.flow === true) return insertion(endOf(last), values.map((value) => `, ${renderFlow(value)}`).join(''))
  const column = columnOf(text, dashOf(text, last))
  const items = values.map((value) => `${indented(renderItem(value), column, newline)}${newline}`)
  return insertion(behind(text, endOf(last), column), items.join(''))
}

function insertion(at: number, text: string): Splice {
  return { start: at, end: at, text }
}

/** Within brackets a comma may stand behind the last one, so lines of its own go as they are. */
function flowRemoval(text: string, items: readonly unknown[], index: number): Splice {
  const [item, previous, next] = [items[index], items[index - 1], items[index + 1]]
  const [start, end] = [startOf(item), endOf(item)]
  const lineEnd = nextLine(text, end)
  if (isFirstOnLine(text, start) && /^\s*,?\s*(?:#.*)?$/.test(text.slice(end, lineEnd).trimEnd())) {
    return { start: above(text, start), end: lineEnd, text: '' }
  }
  if (next !== undefined) return { start, end: startOf(next), text: '' }
  return { start: previous === undefined ? start : endOf(previous), end, text: '' }
}

function isFirstOnLine(text: string, at: number): boolean {
  return text.slice(lineStart(text, at), at).trim() === ''
}

/** Where the `-` of an item stands. */
function dashOf(text: string, item: unknown): number {
  const line = lineStart(text, startOf(item))
  return line + text.slice(line).search(/\S/)
}

function afterColon(text: string, at: number): number {
  const colon = text.slice(at).search(/\S/)
  return text[at + colon] === ':' ? at + colon + 1 : at
}

/** A blank line where the entries of a map stand apart. */
function gapIn({ text, newline }: YamlSource, map: YAMLMap): string {
  const last = map.items.at(-1)
  if (last === undefined || map.items.length < 2) return ''
  return isAfterBlank(text, above(text, startOf(last))) ? newline : ''
}

function blockEntry(source: YamlSource, column: number, key: string, value: unknown, shortLists = true): string {
  return indented(renderEntry(key, value, { step: stepOf(source), shortLists }), column, source.newline)
}

function indented(block: string, column: number, newline: string): string {
  const lines = block.split('\n').map((line) => (line === '' ? line : `${' '.repeat(column)}${line}`))
  return lines.join(newline)
}

/** How far a level is indented here. */
function stepOf({ text, root }: YamlSource): number {
  const maps = isMap(root) ? root.items.map(({ value }) => value) : []
  const inner = maps.find((value) => isMap(value) && value.flow !== true && value.items.length > 0)
  const column = isMap(inner) ? columnOf(text, startOf(inner.items[0])) : 0
  return column > 0 && column <= 8 ? column : 2
}
