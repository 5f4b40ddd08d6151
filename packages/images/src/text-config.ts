import type { FlavorDescription } from '@sidestep/core/flavor'
import { nearestName, SidestepError } from '@sidestep/core/component'

/** A Standard Schema, as flavors give it. */
type AnySchema = Awaited<ReturnType<FlavorDescription<'image_builder'>['configSchema']>>

/** One key of a configuration. Its value is text. */
export interface TextOption {
  readonly description: string
  readonly required?: true
  /** What counts where nothing is given. */
  readonly default?: string
  /** The only texts that are taken. */
  readonly enum?: readonly string[]
  /** Of the whole text, and what to write where it is another one. */
  readonly pattern?: readonly [form: RegExp, hint: string]
  /** Throws a `SidestepError` for a text that cannot be. */
  readonly check?: (text: string) => unknown
}

interface Issue {
  readonly path: readonly string[]
  readonly message: string
}

/** A schema of a configuration: a Standard Schema that is a Standard JSON Schema too. */
export interface TextConfig<Output> {
  readonly '~standard': AnySchema['~standard'] & {
    readonly version: 1
    readonly validate: (value: unknown) => { readonly value: Output } | { readonly issues: readonly Issue[] }
    readonly jsonSchema: Readonly<Record<'input' | 'output', () => Record<string, unknown>>>
  }
}

/**
 * The schema of a configuration whose values are texts. By hand: a build needs two of them, and zod would take longer to
 * load than an image takes to make.
 */
export function textConfig<Output>(
  options: Readonly<Record<string, TextOption>>,
  complete: (given: Readonly<Record<string, string>>) => Output,
): TextConfig<Output> {
  const validate = (value: unknown): { readonly value: Output } | { readonly issues: readonly Issue[] } => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { issues: [{ path: [], message: 'a configuration is an object' }] }
    const given = { ...value } as Readonly<Record<string, unknown>>
    const issues = [
      ...Object.entries(options).flatMap(([key, option]) => issuesOf(key, given[key], option)),
      ...Object.keys(given).flatMap((key) => unknownKey(key, Object.keys(options))),
    ]
    return issues.length === 0 ? { value: complete(given as Readonly<Record<string, string>>) } : { issues }
  }
  const jsonSchema = (): Record<string, unknown> => jsonSchemaOf(options)
  return {
    '~standard': { version: 1, vendor: 'sidestep', validate, jsonSchema: { input: jsonSchema, output: jsonSchema } },
  }
}

function issuesOf(key: string, value: unknown, option: TextOption): readonly Issue[] {
  const message = problemOf(value, option)
  return message === undefined ? [] : [{ path: [key], message }]
}

function problemOf(value: unknown, option: TextOption): string | undefined {
  if (value === undefined) return option.required === true ? 'it is missing' : undefined
  if (option.enum?.some((text) => text === value) === false)
    return `expected one of ${option.enum.map((text) => `'${text}'`).join(', ')}`
  if (typeof value !== 'string') return 'expected text'
  if (value === '') return 'it is empty'
  const [form, hint] = option.pattern ?? []
  if (form?.test(value) === false) return hint
  try {
    option.check?.(value)
    return undefined
  } catch (error) {
    if (!SidestepError.isInstance(error)) throw error
    return [error.message, error.hint].filter(Boolean).join(' ')
  }
}

function unknownKey(key: string, known: readonly string[]): readonly Issue[] {
  if (known.includes(key)) return []
  const near = nearestName(key, known)
  const instead = near === undefined ? `there is: ${known.join(', ')}` : `did you mean ${near}?`
  return [{ path: [], message: `there is no ${key}; ${instead}` }]
}

function jsonSchemaOf(options: Readonly<Record<string, TextOption>>): Record<string, unknown> {
  const required = Object.keys(options).filter((key) => options[key]?.required === true)
  const properties = Object.entries(options).map(([key, option]) => {
    const { description, pattern, enum: texts } = option
    const limits =
      texts === undefined
        ? pattern === undefined
          ? { minLength: 1 }
          : { pattern: pattern[0].source }
        : { enum: texts }
    return [
      key,
      { type: 'string', description, ...(option.default === undefined ? {} : { default: option.default }), ...limits },
    ]
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(properties) as object,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
}
