/** What a value of a request may be, in the words of the providers' models. */
export type Shape =
  | StringShape
  | { readonly type: 'integer' | 'long' | 'float' | 'double'; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean' | 'timestamp' | 'blob' }
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
}

/** Shapes by name: a provider's table of limits. They may refer to each other in circles. */
export type Limits = Readonly<Record<string, Shape>>

/** One thing that is wrong with a request. */
export interface Violation {
  /** Where: `ResourceConfig.InstanceCount`, `Tags[0].Key`, with the request's own spelling; empty: the request itself. */
  readonly path: string
  /** Which rule. */
  readonly rule: 'required' | 'unknown' | 'type' | 'min' | 'max' | 'pattern' | 'enum'
  /** True where the rule is that of a map's keys: `path` is the map, `value` the key. */
  readonly ofKey: boolean
  /** What was there, as JSON; cut where it is long. */
  readonly value: string
  /** What the rule wants: `63`, `[a-z]+`, `[File, Pipe]`, `integer`. */
  readonly wanted: string
}

/** Characters of a value that a violation shows. */
const MAX_SHOWN = 256

/**
 * All that is wrong with a value, in the order of the shape's members; those that no member has come last. Lengths are in characters, as
 * the models count. `null` is absent, as the providers read it. Throws where the table refers to a shape that it lacks.
 */
export function violations(value: unknown, shape: string, limits: Limits): readonly Violation[] {
  const found: Violation[] = []
  new Check(limits, found).visit(value, shape, { path: '', ofKey: false })
  return found
}

interface Place {
  readonly path: string
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
    if (shape === undefined) throw new Error(`the table of limits has no shape ${name}, which ${place.path} needs`)
    if (!isOfType(value, shape.type)) {
      this.#add(place, 'type', value, shape.type)
      return
    }
    switch (shape.type) {
      case 'string':
        this.#visitString(value as string, shape, place)
        break
      case 'list':
        this.#visitList(value as readonly unknown[], shape, place)
        break
      case 'map':
        this.#visitMap(value as Readonly<Record<string, unknown>>, shape, place)
        break
      case 'structure':
        this.#visitStructure(value as Readonly<Record<string, unknown>>, shape, place)
        break
      case 'integer':
      case 'long':
      case 'float':
      case 'double':
        this.#range(value, value as number, shape, place)
        break
      case 'boolean':
      case 'timestamp':
      case 'blob':
        break
    }
  }

  #visitString(value: string, shape: StringShape, place: Place): void {
    this.#range(value, lengthOf(value), shape, place)
    if (shape.pattern !== undefined && !patternOf(shape.pattern).test(value)) {
      this.#add(place, 'pattern', value, shape.pattern)
    }
    if (shape.enum?.includes(value) === false) this.#add(place, 'enum', value, `[${shape.enum.join(', ')}]`)
  }

  #visitList(value: readonly unknown[], shape: Extract<Shape, { type: 'list' }>, { path }: Place): void {
    this.#range(value, value.length, shape, { path, ofKey: false })
    for (const [index, item] of value.entries()) {
      this.visit(item, shape.of, { path: `${path}[${index}]`, ofKey: false })
    }
  }

  #visitMap(value: Readonly<Record<string, unknown>>, shape: Extract<Shape, { type: 'map' }>, { path }: Place): void {
    const entries = Object.entries(value)
    this.#range(value, entries.length, shape, { path, ofKey: false })
    for (const [key, item] of entries) {
      this.visit(key, shape.key, { path, ofKey: true })
      this.visit(item, shape.value, { path: below(path, key), ofKey: false })
    }
  }

  #visitStructure(
    value: Readonly<Record<string, unknown>>,
    { members, required = [] }: Extract<Shape, { type: 'structure' }>,
    { path }: Place,
  ): void {
    for (const [member, shape] of Object.entries(members)) {
      const place = { path: below(path, member), ofKey: false }
      const item = Object.hasOwn(value, member) ? (value[member] ?? undefined) : undefined
      if (item !== undefined) this.visit(item, shape, place)
      else if (required.includes(member)) this.#add(place, 'required', null, 'not null')
    }
    for (const [member, item] of Object.entries(value)) {
      if (Object.hasOwn(members, member)) continue
      this.#add({ path: below(path, member), ofKey: false }, 'unknown', item, `[${Object.keys(members).join(', ')}]`)
    }
  }

  #range(
    value: unknown,
    size: number,
    { min = -Infinity, max = Infinity }: { readonly min?: number; readonly max?: number },
    place: Place,
  ): void {
    if (size < min) this.#add(place, 'min', value, `${min}`)
    if (size > max) this.#add(place, 'max', value, `${max}`)
  }

  #add({ path, ofKey }: Place, rule: Violation['rule'], value: unknown, wanted: string): void {
    const json = JSON.stringify(value) ?? String(value)
    this.#found.push({ path, rule, ofKey, value: lengthOf(json) <= MAX_SHOWN ? json : `${cut(json)}…`, wanted })
  }
}

function below(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`
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

const patterns = new Map<string, RegExp>()

function patternOf(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? compile(pattern)
  patterns.set(pattern, known)
  return known
}

/** The names of Java that JavaScript does not know, for use in a class and outside of one. */
const JAVA_CLASSES: Readonly<Record<string, string>> = {
  Alnum: 'a-zA-Z0-9',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Lower: 'a-z',
  Upper: 'A-Z',
  XDigit: '0-9a-fA-F',
  Space: String.raw`\s`,
  ASCII: String.raw`\x00-\x7f`,
  Punct: String.raw`!-\/:-@\[-\x60\{-~`,
  Graph: '!-~',
  Print: ' -~',
}

/** With the `u` flag, since `\p` means nothing without; an old habit that only the other reading allows gets that one. */
function compile(pattern: string): RegExp {
  const whole = `^(?:${inJavaScript(pattern)})$`
  try {
    return new RegExp(whole, 'u')
  } catch (error) {
    if (whole.includes(String.raw`\p`)) throw error
    return new RegExp(whole)
  }
}

/** Java has more names of classes, and lets everything be escaped. */
function inJavaScript(pattern: string): string {
  let inClass = false
  return pattern.replaceAll(/\\p\{(\w+)\}|\\(.)|[[\]]/gsu, (token, name?: string, escaped?: string) => {
    if (token === '[') inClass = true
    if (token === ']') inClass = false
    if (escaped !== undefined && NEEDLESS.test(escaped)) return escaped === '-' && inClass ? token : escaped
    const characters = name === undefined ? undefined : JAVA_CLASSES[name]
    if (characters === undefined) return token
    return inClass ? characters : `[${characters}]`
  })
}

/** What `u` does not let a pattern escape, but for `-` in a class. */
const NEEDLESS = /^[^\w^$\\.*+?()[\]{}|/]$/u
