import { propertiesOf, schemaAt, type JsonSchema } from '@sidestep/core/project'
import { schemaOptions, type SchemaOption } from './json-schema-options.ts'
import { jsonOrText, readOptionList, type ReadValue } from './read-option-value.ts'

/** The words of a command that say something of a configuration. */
export interface ConfigWords {
  /** A flavor's own options, in their order. */
  readonly options: readonly { readonly key: string; readonly flag: string; readonly text: string }[]
  /** Of `--set`: `key=value`, `key.inner=value`. */
  readonly sets: readonly string[]
  /** Of `--unset`: `key`, `key.inner`. */
  readonly unsets?: readonly string[]
}

/** Something wrong with what an option says. */
export interface OptionProblem {
  /** As it was typed, or would be: `--stop-grace`. */
  readonly option: string
  readonly message: string
}

/** What the words change, and what is wrong with them: then nothing must be changed. */
export interface ReadConfig {
  readonly set: Readonly<Record<string, unknown>>
  readonly unset: readonly string[]
  readonly problems: readonly OptionProblem[]
}

type Config = Readonly<Record<string, unknown>>

interface Change {
  readonly option: string
  readonly path: readonly string[]
  /** Absent: the key is taken away. */
  readonly read?: ReadValue
}

/** Reads a configuration from words. `before` is what they change: keys inside of an object are put to the others. */
export function readConfig(words: ConfigWords, schema: JsonSchema | undefined, before: Config = {}): ReadConfig {
  const problems: OptionProblem[] = []
  const changes = [...optionChanges(words, schema, problems), ...setChanges(words, schema, problems)]
  for (const text of words.unsets ?? []) {
    const change = { option: `--unset ${text}`, path: pathOf(text, schema, before) }
    if (has(before, change.path)) changes.push(change)
    else problems.push({ option: change.option, message: `is not set. ${thereIs(before)}` })
  }
  problems.push(...saidTwice(changes))
  if (problems.length > 0) return { set: {}, unset: [], problems }

  let after = before
  for (const change of changes) {
    const changed = applied(after, change.path, change.read)
    if (changed === undefined) {
      problems.push({
        option: change.option,
        message: 'lies in something that is no object; give the whole of it as JSON',
      })
    } else {
      after = changed
    }
  }
  const touched = [...new Set(changes.map(({ path: [key = ''] }) => key))]
  return {
    set: Object.fromEntries(touched.filter((key) => Object.hasOwn(after, key)).map((key) => [key, after[key]])),
    unset: touched.filter((key) => !Object.hasOwn(after, key)),
    problems,
  }
}

/** How an option is called that gives what lies at a path of a configuration. */
export function optionAt(path: readonly PropertyKey[], options: readonly SchemaOption[]): string {
  const [key, ...rest] = path.map(String)
  const option = options.find((one) => one.key === key)
  return rest.length === 0 && option?.flag !== undefined ? `--${option.flag}` : `--set ${[key, ...rest].join('.')}`
}

function optionChanges(words: ConfigWords, schema: JsonSchema | undefined, problems: OptionProblem[]): Change[] {
  if (schema === undefined) return []
  const known = new Map(schemaOptions(schema).map((option) => [option.key, option]))
  const given = Map.groupBy(words.options, ({ key }) => key)
  return [...given].flatMap(([key, occurrences]) => {
    const option = known.get(key)
    const [{ flag } = { flag: key }] = occurrences
    if (option === undefined) return []
    if (occurrences.length > 1 && !option.repeatable) {
      problems.push({ option: `--${flag}`, message: 'is given twice' })
      return []
    }
    const texts = occurrences.map(({ text }) => text)
    return checked({ option: `--${flag}`, path: [key], read: readOptionList(texts, option.schema, schema) }, problems)
  })
}

function setChanges({ sets }: ConfigWords, schema: JsonSchema | undefined, problems: OptionProblem[]): Change[] {
  return sets.flatMap((text) => {
    const end = text.indexOf('=')
    const name = end === -1 ? text : text.slice(0, end)
    const option = `--set ${name}`.trimEnd()
    const path = pathOf(name, schema)
    if (end === -1 || path.includes('')) {
      problems.push({ option, message: 'must look like key=value, or key.inner=value' })
      return []
    }
    const given = text.slice(end + 1)
    const at = schema === undefined ? undefined : schemaAt(path, schema)
    const read =
      at === undefined || schema === undefined ? { value: jsonOrText(given) } : readOptionList([given], at, schema)
    return checked({ option, path, read }, problems)
  })
}

function checked(change: Change, problems: OptionProblem[]): Change[] {
  if (change.read === undefined || !('problem' in change.read)) return [change]
  problems.push({ option: change.option, message: change.read.problem })
  return []
}

/** Dots lead inside, but where a key has dots itself. */
function pathOf(name: string, schema: JsonSchema | undefined, before: Config = {}): readonly string[] {
  const isKey =
    Object.hasOwn(before, name) || (schema !== undefined && Object.hasOwn(propertiesOf(schema, schema), name))
  return isKey ? [name] : name.split('.')
}

function saidTwice(changes: readonly Change[]): OptionProblem[] {
  return changes.flatMap(({ option, path }, index) => {
    const other = changes
      .slice(0, index)
      .find((one) => path.every((key, depth) => one.path[depth] === undefined || one.path[depth] === key))
    if (other === undefined) return []
    return [
      {
        option,
        message: other.option === option ? 'is given twice' : `says something else of what ${other.option} says`,
      },
    ]
  })
}

/** `undefined` where the path leads into something that has no keys. Entries, not assignments: `__proto__` is a key too. */
function applied(base: unknown, path: readonly string[], read: ReadValue | undefined): Config | undefined {
  const [key = '', ...rest] = path
  if (base !== undefined && !isObject(base)) return undefined
  const entries = new Map(Object.entries(base ?? {}))
  if (rest.length > 0) {
    const inner = applied(entries.get(key), rest, read)
    if (inner === undefined) return undefined
    entries.set(key, inner)
  } else if (read === undefined || 'problem' in read) {
    entries.delete(key)
  } else {
    entries.set(key, read.value)
  }
  return Object.fromEntries(entries)
}

function has(base: unknown, [key = '', ...rest]: readonly string[]): boolean {
  if (!isObject(base) || !Object.hasOwn(base, key)) return false
  return rest.length === 0 || has(base[key], rest)
}

function thereIs(before: Config): string {
  const keys = Object.keys(before)
  return keys.length === 0 ? 'Nothing is.' : `There is: ${keys.join(', ')}.`
}

function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
