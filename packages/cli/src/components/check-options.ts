import { checkConfig, type Flavor, type JsonSchema, type StackComponentType } from '@sidestep/core/project'
import { schemaOptions, type SchemaOption } from './json-schema-options.ts'
import { optionAt, type OptionProblem } from './read-config.ts'

type StandardSchema = NonNullable<Awaited<ReturnType<Flavor<StackComponentType, object>['configSchema']>>>

export interface CheckOptionsOptions {
  /** Absent: every object is taken as it is. */
  readonly schema: StandardSchema | undefined
  /** The same as JSON Schema, where it can be told. */
  readonly jsonSchema: JsonSchema | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * What is wrong with a complete configuration, by the options that give it. A value with a variable that is not set is
 * not judged: it may be set where the component is used.
 */
export async function checkOptions(
  config: Readonly<Record<string, unknown>>,
  { schema, jsonSchema, environment }: CheckOptionsOptions,
): Promise<readonly OptionProblem[]> {
  const options = jsonSchema === undefined ? [] : schemaOptions(jsonSchema)
  const problems = missing(config, options)
  const told = new Set(problems.map(({ option }) => option))
  const { issues } = await checkConfig(schema, config, { environment, unsetVariables: 'allow' })
  for (const { path, message } of issues) {
    const option = path.length === 0 ? '' : optionAt(path, options)
    if (!told.has(option)) problems.push({ option, message })
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
