/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** `${env:NAME}`, and what was meant as one. */
const REFERENCE = /\$\{env:([^}]*)(\}?)/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Keys and indexes that lead to a value of a configuration. */
export type ConfigPath = readonly PropertyKey[]

/** A reference that stays as it is. */
export interface OpenReference {
  readonly path: ConfigPath
  readonly message: string
  /** Name of the variable, where it is only not set, or empty. */
  readonly variable?: string
}

/** A value that is one reference and nothing else, whose variable spells a number, `true` or `false`. */
export interface ScalarReference {
  readonly path: ConfigPath
  /** Puts the number or the truth value in the place of the text, or the text back. */
  readonly put: (as: 'scalar' | 'text') => void
}

/** A configuration with its references replaced by text. */
export interface ResolvedConfig {
  /** The very object that was given, where nothing was replaced. */
  readonly config: unknown
  /** What came from the environment, by the variable's name. */
  readonly values: ReadonlyMap<string, string>
  /** In the order of the configuration. */
  readonly open: readonly OpenReference[]
  readonly scalars: readonly ScalarReference[]
}

/** Replaces each `${env:NAME}` in the strings of a configuration, in nested objects and lists too. */
export function resolveEnvironment(config: unknown, environment: Environment): ResolvedConfig {
  const values = new Map<string, string>()
  const open: OpenReference[] = []
  const scalars: ScalarReference[] = []
  const seen = new Map<object, unknown>()
  const text = (value: string, path: ConfigPath): string =>
    value.replaceAll(REFERENCE, (reference, name: string, end: string) => {
      if (end === '' || !NAME.test(name)) {
        open.push({ path, message: `${reference} is no reference to a variable, which is written \${env:NAME}` })
        return reference
      }
      const found = Object.hasOwn(environment, name) ? environment[name] : undefined
      // An empty one is a mistake more often than meant: `${env:FOLDER}/store` would be the folder /store.
      if (found === undefined || found === '') {
        const state = found === undefined ? 'not set' : 'empty'
        open.push({ path, message: `the environment variable ${name} is ${state}`, variable: name })
        return reference
      }
      values.set(name, found)
      return found
    })
  const fill = (holder: object, key: PropertyKey, item: unknown, holderPath: ConfigPath): void => {
    const path = [...holderPath, key]
    const value = copy(item, path)
    // A plain assignment would set the prototype where the key is `__proto__`.
    const put = (filled: unknown): unknown =>
      Object.defineProperty(holder, key, { value: filled, configurable: true, enumerable: true, writable: true })
    put(value)
    const scalar = typeof item === 'string' && isOneReference(item) ? scalarOf(value) : undefined
    if (scalar !== undefined) scalars.push({ path, put: (as) => put(as === 'scalar' ? scalar : value) })
  }
  const copy = (value: unknown, path: ConfigPath): unknown => {
    if (typeof value === 'string') return text(value, path)
    if (!isPlain(value)) return value
    const known = seen.get(value)
    if (known !== undefined) return known
    const made: object = Array.isArray(value) ? [] : {}
    seen.set(value, made)
    const entries = Array.isArray(value) ? (value as readonly unknown[]).entries() : Object.entries(value)
    for (const [key, item] of entries) fill(made, key, item, path)
    return made
  }
  const resolved = copy(config, [])
  return { config: values.size === 0 ? config : resolved, values, open, scalars }
}

function isOneReference(text: string): boolean {
  return text.startsWith('${env:') && text.indexOf('}') === text.length - 1
}

/** What a text spells in JSON, where that is a number, `true` or `false`. */
function scalarOf(text: unknown): number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true'
  if (typeof text !== 'string' || !NUMBER.test(text)) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** Objects of classes are none of ours to copy. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Array.isArray(value)
}
