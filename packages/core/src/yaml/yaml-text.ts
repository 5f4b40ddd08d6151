import { isDeepStrictEqual } from 'node:util'

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  Scalar,
  visit,
  type Document,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

import { withAllFloats } from './all-floats.ts'
import { renderFlow, renderKey } from './render-yaml.ts'
import { dataOf, withEntry, withKey, without, type Data } from './yaml-data.ts'
import { endOf, isEmptyMap, isUnwritten, pairOf, startOf } from './yaml-places.ts'
import {
  addition,
  appending,
  itemRemoval,
  removal,
  rewriting,
  rootAddition,
  type Splice,
  type YamlSource,
} from './yaml-splices.ts'

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
    else this.#splice(removal(this.#source, map, this.#pairAt(path.slice(0, last))))
    this.#expect(expected)
  }

  /** Gives the entry at a path another key, in its place. */
  rename(path: YamlPath, key: string): void {
    const pair = this.#pairAt(path)
    const expected = withKey(this.#data, path, key)
    this.#splice({ start: startOf(pair), end: endOf(pair.key), text: renderKey(key) })
    this.#expect(expected)
  }

  #put(path: YamlPath, value: unknown): void {
    let node: unknown = this.#document.contents
    for (const [depth, part] of path.entries()) {
      const rest = nested(path.slice(depth + 1), value)
      if (isSeq(node)) {
        const item = node.items[Number(part)]
        if (depth === path.length - 1)
          return this.#splice({ start: startOf(item), end: endOf(item), text: renderFlow(value) })
        node = item
        continue
      }
      const key = String(part)
      if (!isMap(node)) {
        if (depth === 0 && isNothing(node)) return this.#splice(rootAddition(this.#source, this.#rootOrder, key, rest))
        throw new YamlTextError(`${path.slice(0, depth).join('.')} is no map`)
      }
      const pair = pairOf(node, key)
      if (pair === undefined)
        return node === this.#document.contents
          ? this.#splice(rootAddition(this.#source, this.#rootOrder, key, rest))
          : this.#splice(addition(this.#source, node, key, rest))
      const isLast = depth === path.length - 1
      if (isLast) return this.#replace(path, node, pair, value)
      if (isUnwritten(pair.value) || isNothing(pair.value) || isEmptyMap(pair.value)) {
        return this.#splice(rewriting(this.#source, node, pair, rest))
      }
      if (isAlias(pair.value)) {
        const own = withEntry(dataOf(pair.value.resolve(this.#document), this.#document), path.slice(depth + 1), value)
        return this.#splice(rewriting(this.#source, node, pair, own))
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
      return this.#splice({ start: startOf(old), end: endOf(old), text: renderFlow(value) })
    }
    this.#splice(rewriting(this.#source, map, pair, value))
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

  /** Items that stay keep their comments: others are taken out, and what is new stands behind them. */
  #changeItems(path: YamlPath, map: YAMLMap, pair: Pair, list: YAMLSeq, values: readonly unknown[]): void {
    const gone: number[] = []
    let kept = 0
    for (const [index, item] of (dataOf(list, this.#document) as Data[]).entries()) {
      if (kept < values.length && isDeepStrictEqual(item, dataOf(values[kept]))) kept += 1
      else gone.push(index)
    }
    if (kept === 0) return this.#splice(rewriting(this.#source, map, pair, values))
    // From the last to the first, so that the places of the others stay right.
    for (const index of gone.toReversed()) this.#splice(itemRemoval(this.#source, list, index))
    const now = this.#nodeAt(path)
    if (kept < values.length && isSeq(now)) this.#splice(appending(this.#source, now, values.slice(kept)))
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

  get #source(): YamlSource {
    return { text: this.#text, newline: this.#newline, root: this.#document.contents }
  }

  #pairAt(path: YamlPath): Pair {
    const pair = pairOf(this.#mapAt(path.slice(0, -1)), String(path.at(-1)))
    if (pair === undefined) throw new YamlTextError(`there is no ${path.join('.')}`)
    return pair
  }

  #splice({ start, end, text }: Splice): void {
    this.#text = `${this.#text.slice(0, start)}${text}${this.#text.slice(end)}`
    this.#data = this.#read(this.#text)
  }

  #expect(data: Data): void {
    const [wanted, found] = [data, this.#data].map((it) => (it === null ? new Map() : it))
    if (!isDeepStrictEqual(wanted, found)) {
      throw new YamlTextError(hasWrittenOutKey(this.#text) ? WRITTEN_OUT_KEY : this.#isShared() ? SHARED : AROUND_IT)
    }
  }

  /** Whether something has a meaning for more than its own place. */
  #isShared(): boolean {
    let isShared = false
    visit(this.#document, {
      Node(_, node) {
        isShared ||= isAlias(node) || node.anchor !== undefined || node.tag?.startsWith('!') === true
      },
    })
    return isShared
  }

  #read(text: string): Data {
    // Messages of the parser quote the file, and so a secret perhaps.
    this.#document = parseDocument(text, { prettyErrors: false, customTags: withAllFloats })
    if (this.#document.errors.length > 0) {
      throw new YamlTextError(hasWrittenOutKey(text) ? WRITTEN_OUT_KEY : 'with this change it would be no YAML')
    }
    try {
      return dataOf(this.#document.contents, this.#document)
    } catch (cause) {
      throw new YamlTextError('an alias would have no anchor before it', { cause })
    }
  }
}

const WRITTEN_OUT_KEY = 'a key is written behind "?"; "key: value" can be changed'
const SHARED = 'another part of the file would change with it, by an anchor, an alias or a tag'
const AROUND_IT = 'with the comments and marks around it, the value would be read as another one'

function hasWrittenOutKey(text: string): boolean {
  return /^[ \t-]*\?(?:\s|$)/m.test(text)
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
