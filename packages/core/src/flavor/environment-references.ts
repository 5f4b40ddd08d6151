import { configError } from '../errors.ts'

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** `${env:NAME}`, and what was meant as one. */
const REFERENCE = /\$\{env:([^}]*)(\}?)/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Names of the variables that a text refers to by `${env:NAME}`, in their order, each once. */
export function environmentNames(text: string): readonly string[] {
  return [
    ...new Set(
      [...text.matchAll(REFERENCE)].flatMap(([, name = '', end]) => (end !== '' && NAME.test(name) ? [name] : [])),
    ),
  ]
}

/** A configuration with its references replaced, and the values that came from the environment, by name. */
export interface ResolvedConfig {
  readonly config: unknown
  readonly values: ReadonlyMap<string, string>
}

/**
 * Replaces each `${env:NAME}` in the strings of a configuration, in nested objects and lists too. Throws a
 * `CONFIG_INVALID` error that names every variable that is not set, and where it is asked for.
 */
export function resolveEnvironment(config: unknown, environment: Environment): ResolvedConfig {
  const values = new Map<string, string>()
  const problems: string[] = []
  const missing = new Set<string>()
  const seen = new Map<object, unknown>()
  const text = (value: string, path: string): string =>
    value.replaceAll(REFERENCE, (reference, name: string, end: string) => {
      const at = path === '' ? '' : `${path}: `
      if (end === '' || !NAME.test(name)) {
        problems.push(`${at}${reference} is no reference to a variable, which is written \${env:NAME}`)
        return reference
      }
      const found = Object.hasOwn(environment, name) ? environment[name] : undefined
      if (found === undefined) {
        missing.add(name)
        problems.push(`${at}the environment variable ${name} is not set`)
        return reference
      }
      values.set(name, found)
      return found
    })
  const copy = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') return text(value, path)
    if (!isPlain(value)) return value
    const known = seen.get(value)
    if (known !== undefined) return known
    if (Array.isArray(value)) {
      const list: unknown[] = []
      seen.set(value, list)
      for (const [index, item] of (value as readonly unknown[]).entries()) list.push(copy(item, `${path}[${index}]`))
      return list
    }
    const record: Record<string, unknown> = {}
    seen.set(value, record)
    for (const [key, item] of Object.entries(value)) {
      // A plain assignment would set the prototype where the key is `__proto__`.
      Object.defineProperty(record, key, {
        value: copy(item, path === '' ? key : `${path}.${key}`),
        configurable: true,
        enumerable: true,
        writable: true,
      })
    }
    return record
  }
  const resolved = copy(config, '')
  if (problems.length > 0) {
    const hint = missing.size === 0 ? undefined : `Set ${[...missing].join(', ')} where this command is started.`
    throw configError('CONFIG_INVALID', problems.join('\n'), hint)
  }
  return { config: values.size === 0 ? config : resolved, values }
}

/** Objects of classes are none of ours to copy. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Array.isArray(value)
}
