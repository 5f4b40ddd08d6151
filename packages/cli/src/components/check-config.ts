import type { Flavor, JsonSchema, StackComponentType } from '@sidestep/core/project'
import { schemaOptions, type SchemaOption } from './json-schema-options.ts'
import { optionAt, type OptionProblem } from './read-config.ts'
import { ENVIRONMENT_REFERENCE } from './read-option-value.ts'

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
  const open: Path[] = []
  const result = await schema?.['~standard'].validate(resolved(config, [], environment, open))
  for (const issue of result?.issues ?? []) {
    const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
    if (open.some((one) => path.length > 0 && path.every((key, at) => at >= one.length || one[at] === key))) continue
    const option = path.length === 0 ? '' : optionAt(path, options)
    if (!told.has(option)) problems.push({ option, message: issue.message })
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

/** A copy with the variables that are set put in; `open` gets the paths of the values whose variable is not. */
function resolved(value: unknown, path: Path, environment: CheckConfigOptions['environment'], open: Path[]): unknown {
  if (typeof value === 'string') {
    let isOpen = false
    const text = value.replaceAll(/\$\{env:([^}]*)\}/g, (reference, name: string) => {
      const found = Object.hasOwn(environment, name) ? environment[name] : undefined
      isOpen ||= found === undefined
      return found ?? reference
    })
    if (isOpen) open.push(path)
    return text
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    return (value as readonly unknown[]).map((item, index) => resolved(item, [...path, index], environment, open))
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolved(item, [...path, key], environment, open)]),
  )
}
