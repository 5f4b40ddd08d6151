import { isArtifact } from './artifact-reference.ts'
import { builtinName, isBuiltinView, isError } from './builtins.ts'
import { describeUnstorable } from './describe-unstorable.ts'
import { isStoredFile } from './file.ts'
import { isFolder } from './folder.ts'
import { registeredFor } from './materializer.ts'
import { notStorable, withinTextLimits } from './value-error.ts'
import { formatPath, mapKeyPart, mapValuePart, setItemPart, type PathPart } from './value-path.ts'

/** A value inside another one that is stored as a value of its own. */
export interface Inner {
  readonly value: object
  /** `result.model`: where it was first met. */
  readonly path: string
}

/** What a value is made of. */
export interface Survey {
  /** Whether `JSON.parse(JSON.stringify(value))` gives exactly this value back. */
  readonly json: boolean
  /** In the order in which they are met: artifacts, files, folders, long arrays, values with a user's materializer. */
  readonly inner: readonly Inner[]
}

/** Nested arrays of numbers from this size on are stored raw, beside the value, and not as base64 text within it. */
const LONG_ARRAY_BYTES = 2 ** 20

/** Built-in classes that devalue writes as text, beside those with values inside. */
const TEXT_CLASSES: ReadonlySet<string> = new Set([
  'ArrayBuffer',
  'BigInt',
  'Boolean',
  'Date',
  'Number',
  'RegExp',
  'String',
  'Temporal.Duration',
  'Temporal.Instant',
  'Temporal.PlainDate',
  'Temporal.PlainDateTime',
  'Temporal.PlainMonthDay',
  'Temporal.PlainTime',
  'Temporal.PlainYearMonth',
  'Temporal.ZonedDateTime',
  'URL',
  'URLSearchParams',
])

/**
 * Walks through a value before it is stored. Throws `VALUE_NOT_STORABLE` with the path of the first thing that neither
 * text nor a materializer can hold. `name` is what that path starts with.
 */
export function survey(value: unknown, name: string): Survey {
  const surveyor = new Surveyor(name)
  withinTextLimits(name, () => surveyor.visit(value))
  return surveyor.finish()
}

class Surveyor {
  readonly #name: string
  readonly #path: PathPart[] = []
  readonly #seen = new Set<object>()
  readonly #inner: Inner[] = []
  #json = true
  /** Where JSON alone can hold the value: a property that devalue refuses. */
  #protoKeyAt: string | undefined

  constructor(name: string) {
    this.#name = name
  }

  finish(): Survey {
    const json = this.#json && this.#inner.length === 0
    if (!json && this.#protoKeyAt !== undefined) {
      throw notStorable(
        `${this.#protoKeyAt} has a property named "__proto__"`,
        'Give the property another name, or use a Map.',
      )
    }
    return { json, inner: this.#inner }
  }

  visit(value: unknown): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return
      case 'number':
        if (!Number.isFinite(value) || Object.is(value, -0)) this.#json = false
        return
      case 'undefined':
      case 'bigint':
        this.#json = false
        return
      case 'object':
        if (value !== null) this.#visitObject(value)
        return
      case 'function':
      case 'symbol':
        throw this.#unstorable(value)
    }
  }

  #visitObject(value: object): void {
    if (this.#seen.has(value)) {
      // JSON would write it twice, or for ever.
      this.#json = false
      return
    }
    this.#seen.add(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === null || isObjectPrototype(prototype)) this.#visitPlain(value, prototype)
    else if (Array.isArray(value) && builtinName(value) === 'Array') this.#visitArray(value)
    else this.#visitSpecial(value)
  }

  #visitPlain(value: object, prototype: object | null): void {
    if (prototype === null) this.#json = false
    this.#refuseSymbols(value)
    for (const key of Object.keys(value)) {
      if (key === '__proto__') this.#protoKeyAt ??= this.#here()
      this.#visitAt(key, (value as Record<string, unknown>)[key])
    }
  }

  #visitArray(array: readonly unknown[]): void {
    const keys = Object.keys(array)
    const lastKey = keys.at(-1)
    // Indices come before all other keys.
    if (lastKey !== undefined && !/^\d+$/.test(lastKey)) {
      throw notStorable(
        `${this.#here()} is an array with a property of its own, ${JSON.stringify(lastKey)}, which would be lost`,
        'Make it an object that holds the array and the property, or copy the array: [...array].',
      )
    }
    this.#refuseSymbols(array)
    if (keys.length === array.length) {
      for (let index = 0; index < array.length; index += 1) this.#visitAt(index, array[index])
      return
    }
    this.#json = false
    for (const key of keys) this.#visitAt(Number(key), array[Number(key)])
  }

  #visitSpecial(value: object): void {
    if (isArtifact(value) || isStoredFile(value) || isFolder(value) || registeredFor(value) !== undefined) {
      this.#inner.push({ value, path: this.#here() })
      return
    }
    this.#json = false
    const name = builtinName(value)
    if (isLongArray(value)) this.#inner.push({ value, path: this.#here() })
    else if (name === 'Map') this.#visitMap(value as Map<unknown, unknown>)
    else if (name === 'Set') this.#visitSet(value as Set<unknown>)
    else if (isError(value)) this.#visitError(value)
    else if (!TEXT_CLASSES.has(name ?? '') && !isBuiltinView(value)) throw this.#unstorable(value)
  }

  #visitMap(map: ReadonlyMap<unknown, unknown>): void {
    for (const [key, value] of map) {
      this.#visitAt(mapKeyPart(key), key)
      this.#visitAt(mapValuePart(key), value)
    }
  }

  #visitSet(set: ReadonlySet<unknown>): void {
    let index = 0
    for (const item of set) this.#visitAt(setItemPart(index++), item)
  }

  #visitError(error: Error & { errors?: unknown }): void {
    this.#visitAt('cause', error.cause)
    this.#visitAt('errors', error.errors)
    for (const [key, value] of Object.entries(error)) this.#visitAt(key, value)
  }

  #visitAt(part: PathPart, value: unknown): void {
    this.#path.push(part)
    this.visit(value)
    this.#path.pop()
  }

  #refuseSymbols(value: object): void {
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      if (!Object.prototype.propertyIsEnumerable.call(value, symbol)) continue
      throw notStorable(
        `${this.#here()} has a property under ${String(symbol)}, which would be lost`,
        'Use a string as the name of the property.',
      )
    }
  }

  #here(): string {
    return formatPath(this.#name, this.#path)
  }

  #unstorable(value: unknown): Error {
    const { what, hint } = describeUnstorable(value)
    return notStorable(`${this.#here()} is ${what}`, hint)
  }
}

const OBJECT_METHODS = Object.getOwnPropertyNames(Object.prototype).toSorted().join()

/** Also the one of another realm, such as a `node:vm` context. */
function isObjectPrototype(prototype: unknown): prototype is object {
  return (
    prototype === Object.prototype ||
    (Object.getPrototypeOf(prototype) === null &&
      Object.getOwnPropertyNames(prototype).toSorted().join() === OBJECT_METHODS)
  )
}

function isLongArray(value: object): boolean {
  const isArray = isBuiltinView(value) || builtinName(value) === 'ArrayBuffer'
  return isArray && (value as ArrayBufferView | ArrayBuffer).byteLength >= LONG_ARRAY_BYTES
}
