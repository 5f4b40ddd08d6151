import { nearestName, type Flavor, type JsonSchema, type StackComponentType } from '@sidestep/core/project'
import { schemaOptions, type SchemaOption } from './json-schema-options.ts'
import { optionAt, type OptionProblem } from './read-config.ts'
import { ENVIRONMENT_REFERENCE } from './read-option-value.ts'
import { propertiesOf, schemaAt } from './schema-parts.ts'

type StandardSchema = NonNullable<Awaited<ReturnType<Flavor<StackComponentType, object>['configSchema']>>>
type Path = readonly PropertyKey[]

export interface CheckConfigOptions {
  /** Absent: every object is taken as it is. */
  readonly schema: StandardSchema | undefined
  /** The same as JSON Schema, where it can be told. */
  readonly jsonSchema: JsonSchema | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * What is wrong with a complete configuration. A value with a variable that is not set is not judged: it may be set where
 * the component is used.
 */
export async function checkConfig(
  config: Readonly<Record<string, unknown>>,
  { schema, jsonSchema, environment }: CheckConfigOptions,
): Promise<readonly OptionProblem[]> {
  const options = jsonSchema === undefined ? [] : schemaOptions(jsonSchema)
  const problems = [...missing(config, options), ...writtenSecrets(config, options)]
  const told = new Set(problems.map(({ option }) => option))
  const { value, open, hidden } = resolveConfig(config, options, environment)
  const result = await schema?.['~standard'].validate(value)
  for (const issue of result?.issues ?? []) {
    const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
    if (open.some((one) => path.length > 0 && path.every((key, at) => at >= one.length || one[at] === key))) continue
    const option = path.length === 0 ? '' : optionAt(path, options)
    if (told.has(option)) continue
    const message = hide(issue.message, hidden) + meant(issue.message, path.map(String), config, jsonSchema)
    problems.push({ option, message })
  }
  return problems
}

function missing(config: Readonly<Record<string, unknown>>, options: readonly SchemaOption[]): OptionProblem[] {
  return options
    .filter(({ key, required }) => required && !Object.hasOwn(config, key))
    .map((option) => ({
      option: optionAt([option.key], options),
      message: `is required${option.description === undefined ? '' : `: ${option.description}`}`,
    }))
}

function writtenSecrets(config: Readonly<Record<string, unknown>>, options: readonly SchemaOption[]): OptionProblem[] {
  return options
    .filter(({ key, secret }) => secret && Object.hasOwn(config, key) && !isReference(config[key]))
    .map(({ key }) => ({
      option: optionAt([key], options),
      message: "is a secret, which must not be written down; give '${env:NAME}' and set that variable",
    }))
}

function isReference(value: unknown): boolean {
  return typeof value === 'string' && ENVIRONMENT_REFERENCE.test(value)
}

/** For the unknown keys that a message names, those that were probably meant, where it does not say so itself. */
function meant(
  message: string,
  path: readonly string[],
  config: Readonly<Record<string, unknown>>,
  root: JsonSchema | undefined,
): string {
  const schema = root === undefined ? undefined : schemaAt(path, root)
  if (schema === undefined || root === undefined) return ''
  let value: unknown = config
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  const known = Object.keys(propertiesOf(schema, root))
  if (!isObject(value)) return ''
  return Object.keys(value)
    .filter((key) => !known.includes(key) && message.includes(key))
    .map((key) => nearestName(key, known))
    .map((near) => (near === undefined || message.includes(near) ? '' : `; did you mean ${near}?`))
    .join('')
}

interface Resolved {
  /** A copy with the variables that are set put in. */
  readonly value: unknown
  /** Paths of the values whose variable is not set. */
  readonly open: readonly Path[]
  /** What no message may show, with what stands in its place. */
  readonly hidden: ReadonlyMap<string, string>
}

/** Shorter ones would be found in every message, and are no secrets. */
const SHORTEST_HIDDEN = 4

function resolveConfig(
  config: Readonly<Record<string, unknown>>,
  options: readonly SchemaOption[],
  environment: CheckConfigOptions['environment'],
): Resolved {
  const open: Path[] = []
  const secrets = options.filter(({ secret }) => secret).map(({ key }) => config[key])
  const hidden = new Map(secrets.filter((value) => typeof value === 'string').map((value) => [value, '(hidden)']))
  const copy = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') {
      let isOpen = false
      const text = value.replaceAll(/\$\{env:([^}]*)\}/g, (reference, name: string) => {
        const found = Object.hasOwn(environment, name) ? environment[name] : undefined
        if (found === undefined) isOpen = true
        else hidden.set(found, reference)
        return found ?? reference
      })
      if (isOpen) open.push(path)
      return text
    }
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return (value as readonly unknown[]).map((item, index) => copy(item, [...path, index]))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item, [...path, key])]))
  }
  return { value: copy(config, []), open, hidden }
}

function hide(message: string, hidden: ReadonlyMap<string, string>): string {
  const longestFirst = [...hidden].toSorted(([a], [b]) => b.length - a.length)
  return longestFirst
    .filter(([value]) => value.length >= SHORTEST_HIDDEN)
    .reduce((text, [value, instead]) => text.replaceAll(value, () => instead), message)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
