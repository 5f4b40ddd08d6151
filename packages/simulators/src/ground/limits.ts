import { patternOf } from './java-pattern.ts'

/** What a value of a request may be, in the words of the providers' models. */
export type Shape =
  | StringShape
  | { readonly type: 'integer' | 'long' | 'float' | 'double'; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean' | 'timestamp' }
  | BlobShape
  | { readonly type: 'list'; readonly of: string; readonly min?: number; readonly max?: number }
  | { readonly type: 'map'; readonly key: string; readonly value: string; readonly min?: number; readonly max?: number }
  | {
      readonly type: 'structure'
      readonly members: Readonly<Record<string, string>>
      readonly required?: readonly string[]
    }

/** Of text. `min` and `max`: of its length. */
export interface StringShape {
  readonly type: 'string'
  readonly min?: number
  readonly max?: number
  /** For the whole text, with or without `^` and `$`; as Java reads it, `\p{Alnum}` and others of its names too. */
  readonly pattern?: string
  readonly enum?: readonly string[]
  /** A secret, that no message may show. */
  readonly sensitive?: true
}

/** Of bytes, in base64. `min` and `max`: of their number. */
export interface BlobShape {
  readonly type: 'blob'
  readonly min?: number
  readonly max?: number
  /** A secret, that no message may show. */
  readonly sensitive?: true
}

/** Shapes by name: a provider's table of limits. They may refer to each other in circles. */
export type Limits = Readonly<Record<string, Shape>>

/** One thing that is wrong with a request. */
export interface Violation {
  /** Where: `ResourceConfig.InstanceCount`, `Tags[0].Key`, with the request's own spelling; empty: the request itself. */
  readonly path: string
  /** The same, step by step. */
  readonly steps: readonly Step[]
  /** The shape of what was there; empty where the rule is `unknown`. */
  readonly shape: string
  /** Which rule. */
  readonly rule: 'required' | 'unknown' | 'type' | 'min' | 'max' | 'pattern' | 'enum'
  /** True where the rule is that of a map's keys: `path` is the map, `value` the key. */
  readonly ofKey: boolean
  /** What was there, as JSON; cut where it is long. */
  readonly value: string
  /** What the rule wants: `63`, `[a-z]+`, `[File, Pipe]`, `integer`. */
  readonly wanted: string
}

/** From a value to one of its parts: a member of a structure, an item of a list (from 0), an entry of a map. */
export type Step = { readonly member: string } | { readonly item: number } | { readonly entry: string }

/** Characters of a value that a violation shows. */
const MAX_SHOWN = 256

/**
 * All that is wrong with a value, in the order of the shape's members; those that no member has come last. Lengths are in characters, as
 * the models count. `null` is absent, as the providers read it. Throws where the table refers to a shape that it lacks.
 */
export function violations(value: unknown, shape: string, limits: Limits): readonly Violation[] {
  const found: Violation[] = []
  new Check(limits, found).visit(value, shape, { steps: [], ofKey: false })
  return found
}

interface Place {
  readonly steps: readonly Step[]
  readonly ofKey: boolean
}

class Check {
  readonly #limits: Limits
  readonly #found: Violation[]

  constructor(limits: Limits, found: Violation[]) {
    this.#limits = limits
    this.#found = found
  }

  visit(value: unknown, name: string, place: Place): void {
    const shape = Object.hasOwn(this.#limits, name) ? this.#limits[name] : undefined
    if (shape === undefined) {
      throw new Error(`the table of limits has no shape ${name}, which ${pathOf(place.steps)} needs`)
    }
    if (!isOfType(value, shape.type)) {
      this.#add(place, { rule: 'type', shape: name, value, wanted: shape.type })
      return
    }
    switch (shape.type) {
      case 'string':
        this.#visitString(value as string, name, shape, place)
        break
      case 'list':
        this.#range(value, (value as readonly unknown[]).length, { ...shape, name }, { ...place, ofKey: false })
        for (const [item, one] of (value as readonly unknown[]).entries()) {
          this.visit(one, shape.of, { steps: [...place.steps, { item }], ofKey: false })
        }
        break
      case 'map':
        this.#visitMap(value as Readonly<Record<string, unknown>>, name, shape, place)
        break
      case 'structure':
        this.#visitStructure(value as Readonly<Record<string, unknown>>, shape, place)
        break
      case 'integer':
      case 'long':
      case 'float':
      case 'double':
        this.#range(value, value as number, { ...shape, name }, place)
        break
      case 'blob':
        this.#range(value, Buffer.byteLength(value as string, 'base64'), { ...shape, name }, place)
        break
      case 'boolean':
      case 'timestamp':
        break
    }
  }

  #visitString(value: string, name: string, shape: StringShape, place: Place): void {
    this.#range(value, lengthOf(value), { ...shape, name }, place)
    if (shape.pattern !== undefined && !patternOf(shape.pattern).test(value)) {
      this.#add(place, { rule: 'pattern', shape: name, value, wanted: shape.pattern })
    }
    if (shape.enum?.includes(value) === false) {
      this.#add(place, { rule: 'enum', shape: name, value, wanted: `[${shape.enum.join(', ')}]` })
    }
  }

  #visitMap(
    value: Readonly<Record<string, unknown>>,
    name: string,
    shape: Extract<Shape, { type: 'map' }>,
    { steps }: Place,
  ): void {
    const entries = Object.entries(value)
    this.#range(value, entries.length, { ...shape, name }, { steps, ofKey: false })
    for (const [entry, item] of entries) {
      this.visit(entry, shape.key, { steps, ofKey: true })
      this.visit(item, shape.value, { steps: [...steps, { entry }], ofKey: false })
    }
  }

  #visitStructure(
    value: Readonly<Record<string, unknown>>,
    { members, required = [] }: Extract<Shape, { type: 'structure' }>,
    { steps }: Place,
  ): void {
    for (const [member, shape] of Object.entries(members)) {
      const place = { steps: [...steps, { member }], ofKey: false }
      const item = Object.hasOwn(value, member) ? (value[member] ?? undefined) : undefined
      if (item !== undefined) this.visit(item, shape, place)
      else if (required.includes(member)) this.#add(place, { rule: 'required', shape, value: null, wanted: 'not null' })
    }
    for (const [member, item] of Object.entries(value)) {
      if (Object.hasOwn(members, member)) continue
      const wanted = `[${Object.keys(members).join(', ')}]`
      this.#add({ steps: [...steps, { member }], ofKey: false }, { rule: 'unknown', shape: '', value: item, wanted })
    }
  }

  #range(
    value: unknown,
    size: number,
    {
      name: shape,
      min = -Infinity,
      max = Infinity,
    }: { readonly name: string; readonly min?: number; readonly max?: number },
    place: Place,
  ): void {
    if (size < min) this.#add(place, { rule: 'min', shape, value, wanted: `${min}` })
    if (size > max) this.#add(place, { rule: 'max', shape, value, wanted: `${max}` })
  }

  #add(
    { steps, ofKey }: Place,
    { rule, shape, value, wanted }: Pick<Violation, 'rule' | 'shape' | 'wanted'> & { readonly value: unknown },
  ): void {
    const json = JSON.stringify(value) ?? String(value)
    const shown = lengthOf(json) <= MAX_SHOWN ? json : `${cut(json)}…`
    this.#found.push({ path: pathOf(steps), steps, shape, rule, ofKey, value: shown, wanted })
  }
}

/** `ResourceConfig.InstanceCount`, `Tags[0].Key`. */
function pathOf(steps: readonly Step[]): string {
  const words = steps.map((step) => {
    if ('item' in step) return `[${step.item}]`
    return `.${'member' in step ? step.member : step.entry}`
  })
  return words.join('').replace(/^\./, '')
}

/** Characters, not the units of UTF-16. */
function lengthOf(text: string): number {
  let length = 0
  for (const _character of text) length += 1
  return length
}

function cut(text: string): string {
  const shown = text.slice(0, MAX_SHOWN)
  return shown.isWellFormed() ? shown : shown.slice(0, -1)
}

function isOfType(value: unknown, type: Shape['type']): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'integer':
      return typeof value === 'number' && value === Math.trunc(value) && Math.abs(value + 0.5) < 2 ** 31
    case 'long':
      return Number.isInteger(value)
    case 'float':
    case 'double':
      return typeof value === 'number'
    case 'boolean':
      return typeof value === 'boolean'
    case 'timestamp':
      return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && !isNaN(Date.parse(value))
    case 'blob':
      return typeof value === 'string' && BASE64.test(value)
    case 'list':
      return Array.isArray(value)
    case 'map':
    case 'structure':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
