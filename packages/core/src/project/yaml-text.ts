import { isDeepStrictEqual } from 'node:util'

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  Scalar,
  type Document,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

import { renderEntry, renderFlow, renderFlowEntry, renderItem, renderKey } from './render-yaml.ts'
import { dataOf, withEntry, withKey, without, type Data } from './yaml-data.ts'
import {
  above,
  behind,
  columnOf,
  endOf,
  isAfterBlank,
  isEmptyMap,
  isUnwritten,
  lineStart,
  nextLine,
  pairOf,
  startOf,
} from './yaml-places.ts'

export type YamlPath = readonly (string | number)[]

/** Thrown where the text cannot be changed without changing something else, such as what an alias means. */
export class YamlTextError extends Error {
  override readonly name: string = 'YamlTextError'
}

/**
 * A YAML file as its text. Only what is changed is written anew: every other character stays, comments, quotes and blank
 * lines included. Each change is checked by reading the result again.
 */
export class YamlText {
  readonly #rootOrder: readonly string[]
  readonly #newline: string
  /** Whether the last line of the file ends as the others do; while it is edited, it does. */
  readonly #isEnded: boolean
  #text: string
  #document!: Document
  #data: Data

  /** The text is valid YAML, without a byte order mark. Keys of the root that are added keep to the given order. */
  constructor(text: string, rootOrder: readonly string[]) {
    this.#rootOrder = rootOrder
    this.#newline = text.includes('\r\n') ? '\r\n' : '\n'
    this.#isEnded = text === '' || text.endsWith('\n')
    this.#text = this.#isEnded ? text : `${text}${this.#newline}`
    this.#data = this.#read(this.#text)
  }

  toString(): string {
    return this.#isEnded ? this.#text : this.#text.replace(/\r?\n$/, '')
  }

  /** Writes a value, and the maps on the way to it. What a map or a list held already stays as it is written. */
  set(path: YamlPath, value: unknown): void {
    const expected = withEntry(this.#data, path, value)
    if (isDeepStrictEqual(expected, this.#data)) return
    this.#put(path, value)
    this.#expect(expected)
  }

  /** Removes an entry with the comment directly above it, and each map that is empty then, if wanted. */
  delete(path: YamlPath, { prune = false }: { readonly prune?: boolean } = {}): void {
    let last = path.length
    let expected = without(this.#data, path)
    while (prune && last > 1 && this.#mapAt(path.slice(0, last - 1)).items.length === 1) {
      last -= 1
      expected = without(expected, path.slice(0, last))
    }
    const map = this.#mapAt(path.slice(0, last - 1))
    // A map is written as one when nothing is left in it.
    if (last > 1 && map.items.length === 1) this.#put(path.slice(0, last - 1), {})
    else this.#remove(map, String(path[last - 1]))
    this.#expect(expected)
  }

  /** Gives the entry at a path another key, in its place. */
  rename(path: YamlPath, key: string): void {
    const pair = pairOf(this.#mapAt(path.slice(0, -1)), String(path.at(-1)))
    if (pair === undefined || !isScalar(pair.key)) throw new YamlTextError(`there is no ${path.join('.')}`)
    const expected = withKey(this.#data, path, key)
    const start = startOf(pair)
    this.#splice(start, endOf(pair.key), renderKey(key))
    this.#expect(expected)
  }

  #put(path: YamlPath, value: unknown): void {
    let node: unknown = this.#document.contents
    for (const [depth, part] of path.entries()) {
      const rest = nested(path.slice(depth + 1), value)
      if (isSeq(node)) {
        const item = node.items[Number(part)]
        if (depth === path.length - 1) return this.#splice(startOf(item), endOf(item), renderFlow(value))
        node = item
        continue
      }
      const key = String(part)
      if (!isMap(node)) {
        if (depth === 0 && isNothing(node)) return this.#addToRoot(key, rest)
        throw new YamlTextError(`${path.slice(0, depth).join('.')} is no map`)
      }
      const pair = pairOf(node, key)
      if (pair === undefined)
        return node === this.#document.contents ? this.#addToRoot(key, rest) : this.#add(node, key, rest)
      const isLast = depth === path.length - 1
      if (isLast) return this.#replace(path, node, pair, value)
      if (isUnwritten(pair.value) || isNothing(pair.value) || isEmptyMap(pair.value)) {
        return this.#write(node, pair, rest)
      }
      if (isAlias(pair.value)) {
        const own = withEntry(dataOf(pair.value.resolve(this.#document), this.#document), path.slice(depth + 1), value)
        return this.#write(node, pair, own)
      }
      node = pair.value
    }
  }

  #replace(path: YamlPath, map: YAMLMap, pair: Pair, value: unknown): void {
    const old = pair.value
    if (isMap(old) && old.items.length > 0 && isRecord(value) && Object.keys(value).length > 0) {
      return this.#merge(path, old, value)
    }
    if (isSeq(old) && Array.isArray(value)) {
      return this.#changeItems(path, map, pair, old, value)
    }
    if (isScalar(old) && !isUnwritten(old) && !isBlock(old) && !isLong(value)) {
      return this.#splice(startOf(old), endOf(old), renderFlow(value))
    }
    this.#write(map, pair, value)
  }

  /** Key by key, so that what stays is not written anew. Each step leads to another text, so entries are looked up again. */
  #merge(path: YamlPath, old: YAMLMap, value: Readonly<Record<string, unknown>>): void {
    const wanted = dataOf(value) as ReadonlyMap<string, Data>
    const gone = [...(dataOf(old, this.#document) as ReadonlyMap<string, Data>).keys()].filter(
      (key) => !wanted.has(key),
    )
    for (const [key, entry] of Object.entries(value)) this.set([...path, key], entry)
    for (const key of gone) this.delete([...path, key])
  }

  /** The whole entry anew. */
  #write(map: YAMLMap, pair: Pair, value: unknown): void {
    const start = startOf(pair)
    const key = isScalar(pair.key) ? String(pair.key.value) : ''
    const shortLists = !isSeq(pair.value) || pair.value.flow === true
    const entry =
      map.flow === true ? renderFlowEntry(key, value) : this.#block(columnOf(this.#text, start), key, value, shortLists)
    const end = endOf(pair)
    const [first = '', ...lines] = entry.trimStart().split(this.#newline)
    if (isUnwritten(pair.value) && lines.length > 0) {
      // A comment behind the key stays there.
      const line = nextLine(this.#text, end)
      return this.#splice(line, line, lines.map((it) => `${it}${this.#newline}`).join(''))
    }
    // A block text ends with its last line break.
    const written = isUnwritten(pair.value) ? this.#afterColon(end) : this.#text.slice(0, end).trimEnd().length
    this.#splice(start, written, [first, ...lines].join(this.#newline))
  }

  #add(map: YAMLMap, key: string, value: unknown): void {
    const last = map.items.at(-1)
    if (map.flow === true) return this.#splice(endOf(last), endOf(last), `, ${renderFlowEntry(key, value)}`)
    const column = columnOf(this.#text, startOf(map.items[0]))
    const at = behind(this.#text, endOf(last), column)
    this.#splice(at, at, `${this.#gap(map)}${this.#block(column, key, value)}${this.#newline}`)
  }

  #addToRoot(key: string, value: unknown): void {
    const root = this.#document.contents
    const entry = `${this.#block(0, key, value)}${this.#newline}`
    if (!isMap(root) || root.items.length === 0) {
      // Nothing, `{}` or `null`: the entry takes its place.
      if (root === null || isUnwritten(root)) return this.#splice(this.#text.length, this.#text.length, entry)
      return this.#splice(startOf(root), endOf(root), entry.trimEnd())
    }
    if (root.flow === true) return this.#add(root, key, value)
    const rankOf = (name: unknown): number => {
      const rank = this.#rootOrder.indexOf(String(name))
      return rank === -1 ? this.#rootOrder.length : rank
    }
    const rank = (item: Pair): number => rankOf(isScalar(item.key) ? item.key.value : '')
    const own = rankOf(key)
    const before = root.items
      .filter((item) => rank(item) <= own)
      .toSorted((a, b) => rank(a) - rank(b))
      .at(-1)
    const gap = this.#gap(root)
    if (before !== undefined) {
      const at = behind(this.#text, endOf(before), 0)
      return this.#splice(at, at, `${gap}${entry}`)
    }
    const at = above(this.#text, startOf(root.items[0]))
    this.#splice(at, at, `${entry}${gap}`)
  }

  /** Items that stay keep their comments: others are taken out, and what is new stands behind them. */
  #changeItems(path: YamlPath, map: YAMLMap, pair: Pair, list: YAMLSeq, values: readonly unknown[]): void {
    const gone: number[] = []
    let kept = 0
    for (const [index, item] of (dataOf(list, this.#document) as Data[]).entries()) {
      if (kept < values.length && isDeepStrictEqual(item, dataOf(values[kept]))) kept += 1
      else gone.push(index)
    }
    if (kept === 0) return this.#write(map, pair, values)
    for (const index of gone.toReversed()) this.#removeItem(list, index)
    const now = this.#nodeAt(path)
    if (kept < values.length && isSeq(now)) this.#append(now, values.slice(kept))
  }

  /** Items are removed from the last to the first, so places of the others stay right. */
  #removeItem(list: YAMLSeq, index: number): void {
    const [item, previous, next] = [list.items[index], list.items[index - 1], list.items[index + 1]]
    const text = this.#text
    if (list.flow === true) {
      if (previous !== undefined) return this.#splice(endOf(previous), endOf(item), '')
      return this.#splice(startOf(item), next === undefined ? endOf(item) : startOf(next), '')
    }
    const dash = lineStart(text, startOf(item)) + text.slice(lineStart(text, startOf(item))).search(/\S/)
    this.#splice(above(text, dash), behind(text, endOf(item), columnOf(text, dash)), '')
  }

  #append(list: YAMLSeq, values: readonly unknown[]): void {
    const last = list.items.at(-1)
    const end = endOf(last)
    if (list.flow === true) return this.#splice(end, end, values.map((value) => `, ${renderFlow(value)}`).join(''))
    const line = lineStart(this.#text, startOf(last))
    const column = this.#text.slice(line).search(/\S/)
    const at = behind(this.#text, end, column)
    const items = values.map((value) => `${this.#indented(renderItem(value), column)}${this.#newline}`)
    this.#splice(at, at, items.join(''))
  }

  #remove(map: YAMLMap, key: string): void {
    const pair = pairOf(map, key)
    if (pair === undefined) throw new YamlTextError(`there is no ${key}`)
    const index = map.items.indexOf(pair)
    const start = startOf(pair)
    const isOnOwnLine = this.#text.slice(lineStart(this.#text, start), start).trim() === ''
    if (map.flow === true) {
      const [previous, next] = [map.items[index - 1], map.items[index + 1]]
      if (next !== undefined) return this.#splice(start, startOf(next), '')
      return this.#splice(previous === undefined ? start : endOf(previous), endOf(pair), '')
    }
    if (!isOnOwnLine) {
      const next = map.items[index + 1]
      return this.#splice(start, next === undefined ? nextLine(this.#text, endOf(pair)) : startOf(next), '')
    }
    let from = above(this.#text, start)
    const to = behind(
      this.#text,
      isUnwritten(pair.value) ? this.#afterColon(endOf(pair)) : endOf(pair),
      columnOf(this.#text, start),
    )
    const isBlankBehind = to === this.#text.length || this.#text.slice(to, nextLine(this.#text, to + 1)).trim() === ''
    if (isBlankBehind && isAfterBlank(this.#text, from)) from = lineStart(this.#text, from - 1)
    this.#splice(from, to, '')
  }

  /** A blank line where the entries of a map stand apart. */
  #gap(map: YAMLMap): string {
    const last = map.items.at(-1)
    if (last === undefined || map.items.length < 2) return ''
    return isAfterBlank(this.#text, above(this.#text, startOf(last))) ? this.#newline : ''
  }

  #block(column: number, key: string, value: unknown, shortLists = true): string {
    return this.#indented(renderEntry(key, value, { step: this.#step(), shortLists }), column)
  }

  #indented(block: string, column: number): string {
    const lines = block.split('\n').map((line) => (line === '' ? line : `${' '.repeat(column)}${line}`))
    return lines.join(this.#newline)
  }

  /** How far this file indents a level. */
  #step(): number {
    const root = this.#document.contents
    const inner = isMap(root)
      ? root.items.map(({ value }) => value).find((value) => isMap(value) && value.flow !== true)
      : undefined
    const column = isMap(inner) && inner.items.length > 0 ? columnOf(this.#text, startOf(inner.items[0])) : 0
    return column > 0 && column <= 8 ? column : 2
  }

  #afterColon(at: number): number {
    const colon = this.#text.slice(at).search(/\S/)
    return this.#text[at + colon] === ':' ? at + colon + 1 : at
  }

  #mapAt(path: YamlPath): YAMLMap {
    const node: unknown = path.length === 0 ? this.#document.contents : this.#nodeAt(path)
    if (!isMap(node)) throw new YamlTextError(`${path.join('.')} is ${isAlias(node) ? 'an alias' : 'no map'}`)
    return node
  }

  #nodeAt(path: YamlPath): unknown {
    let node: unknown = this.#document.contents
    for (const part of path)
      node = isMap(node) ? pairOf(node, String(part))?.value : isSeq(node) ? node.items[Number(part)] : undefined
    return node
  }

  #splice(start: number, end: number, text: string): void {
    this.#text = `${this.#text.slice(0, start)}${text}${this.#text.slice(end)}`
    this.#data = this.#read(this.#text)
  }

  #expect(data: Data): void {
    const [wanted, found] = [data, this.#data].map((it) => (it === null ? new Map() : it))
    if (!isDeepStrictEqual(wanted, found)) {
      throw new YamlTextError('another part of the file would change with it, by an anchor, an alias or a tag')
    }
  }

  #read(text: string): Data {
    this.#document = parseDocument(text)
    const [error] = this.#document.errors
    if (error !== undefined) throw new YamlTextError(error.message)
    try {
      return dataOf(this.#document.contents, this.#document)
    } catch (cause) {
      throw new YamlTextError('an alias would have no anchor before it', { cause })
    }
  }
}

function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null)
}

function isBlock(scalar: Scalar): boolean {
  return scalar.type === Scalar.BLOCK_FOLDED || scalar.type === Scalar.BLOCK_LITERAL
}

/** What takes lines of its own. */
function isLong(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || (typeof value === 'string' && value.includes('\n'))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
}

function nested(path: YamlPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => new Map([[String(key), inner]]), value)
}
