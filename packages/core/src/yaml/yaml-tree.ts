import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair, type Scalar } from 'yaml'

import { quoted } from '../stack/component-name.ts'
import type { Mistake, ValuePath } from './mistakes.ts'

/** A value of a YAML file and where it stands. Aliases are what they stand for, so parts may be shared. */
export type YamlTree = YamlScalar | YamlList | YamlMap

interface YamlPart {
  /** Offset in the text. */
  readonly offset: number
  /** Of it and all that is in it, as often as it is there. */
  readonly size: number
  readonly depth: number
}

export interface YamlScalar extends YamlPart {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
}

export interface YamlList extends YamlPart {
  readonly kind: 'list'
  readonly items: readonly YamlTree[]
}

export interface YamlMap extends YamlPart {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, YamlEntry>
}

export interface YamlEntry {
  /** Of the key. */
  readonly offset: number
  readonly value: YamlTree
}

/** With what aliases stand for. */
const MOST_VALUES = 50_000
export const DEEPEST = 50

/** The document as plain parts. What sidestep.yaml must not hold is added to the mistakes. */
export function yamlTree(document: Document, mistakes: Mistake[]): YamlTree {
  return new TreeMaker(mistakes).make(document.contents, [], 0)
}

class TreeMaker {
  readonly #mistakes: Mistake[]
  /** `undefined` while what it names is being read. */
  readonly #anchors: Map<string, YamlTree | undefined> = new Map()

  constructor(mistakes: Mistake[]) {
    this.#mistakes = mistakes
  }

  make(node: Node | null, path: ValuePath, near: number): YamlTree {
    const offset = node?.range?.[0] ?? near
    if (isAlias(node)) return this.#alias(node.source, path, offset)
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    let tree: YamlTree
    if (isMap(node)) tree = this.#map(node.items as Pair<Node | null, Node | null>[], path, offset)
    else if (isSeq(node)) tree = this.#list(node.items as (Node | null)[], path, offset)
    else tree = this.#scalar(isScalar(node) ? node : { value: null }, path, offset)
    if (anchor !== undefined) this.#anchors.set(anchor, tree)
    return tree
  }

  #alias(name: string, path: ValuePath, offset: number): YamlTree {
    const target = this.#anchors.get(name)
    if (target !== undefined) return { ...target, offset }
    const message = this.#anchors.has(name)
      ? `the alias *${quoted(name)} is within what it stands for`
      : `nothing before it has the anchor of the alias *${quoted(name)}`
    return this.#refuse(message, 'Write out what belongs there.', path, offset)
  }

  #scalar({ value, source }: Pick<Scalar, 'value' | 'source'>, path: ValuePath, offset: number): YamlTree {
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) return this.#refuse('it is no finite number', 'Give a number.', path, offset)
      // An identifier such as the number of an account would come out as another one.
      if (/^[-+]?\d+$/.test(source ?? '') && !Number.isSafeInteger(value) && String(value) !== source) {
        return this.#refuse('the number has too many digits to be exact', 'Put it in quotes.', path, offset)
      }
    } else if (typeof value !== 'string' && typeof value !== 'boolean' && value !== null) {
      return this.#refuse('it is no text, number, boolean, list or map', 'Put it in quotes.', path, offset)
    }
    return { kind: 'scalar', value, offset, size: 1, depth: 0 }
  }

  #list(nodes: readonly (Node | null)[], path: ValuePath, offset: number): YamlTree {
    const items = nodes.map((node, index) => this.make(node, [...path, index], offset))
    return this.#measured(items, path, offset) ?? { kind: 'list', items, offset, ...extent(items) }
  }

  #map(pairs: readonly Pair<Node | null, Node | null>[], path: ValuePath, offset: number): YamlTree {
    const entries = new Map<string, YamlEntry>()
    for (const pair of pairs) {
      const at = pair.key?.range?.[0] ?? offset
      const key = this.#key(pair.key, path, at)
      const value = this.make(pair.value, key === undefined ? path : [...path, key], at)
      if (key === undefined) continue
      if (entries.has(key)) {
        const message = `the key ${quoted(key)} is there twice`
        this.#mistakes.push({ offset: at, path, message, hint: 'Keep one of them.' })
      } else entries.set(key, { offset: at, value })
    }
    const values = [...entries.values()].map(({ value }) => value)
    return this.#measured(values, path, offset) ?? { kind: 'map', entries, offset, ...extent(values) }
  }

  #key(node: Node | null, path: ValuePath, offset: number): string | undefined {
    if (!isScalar(node)) {
      this.#refuse(node === null ? 'a key is empty' : 'a key is no text', 'Give it a name.', path, offset)
      return undefined
    }
    // `1` and `null` are names like any other.
    const key = typeof node.value === 'string' ? node.value : (node.source ?? '')
    if (key === '') this.#refuse('a key is empty', 'Give it a name.', path, offset)
    else if (key === '<<') this.#refuse('maps are not merged with <<', 'Write out what belongs there.', path, offset)
    else return key
    return undefined
  }

  #measured(parts: readonly YamlTree[], path: ValuePath, offset: number): YamlTree | undefined {
    const { size, depth } = extent(parts)
    const hint = 'Write less of it.'
    if (size > MOST_VALUES) return this.#refuse(`it stands for more than ${MOST_VALUES} values`, hint, path, offset)
    if (depth > DEEPEST) return this.#refuse(`it is nested deeper than ${DEEPEST} levels`, hint, path, offset)
    return undefined
  }

  /** Something harmless takes its place, so that the rest is read. */
  #refuse(message: string, hint: string, path: ValuePath, offset: number): YamlScalar {
    this.#mistakes.push({ message, hint, path, offset })
    return { kind: 'scalar', value: null, offset, size: 1, depth: 0 }
  }
}

function extent(parts: readonly YamlTree[]): { readonly size: number; readonly depth: number } {
  let size = 1
  let depth = 0
  for (const part of parts) {
    size += part.size
    depth = Math.max(depth, part.depth + 1)
  }
  return { size, depth }
}
