import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'

/** The part of JSON Schema (draft 2020-12) that options and documentation are made from. */
export interface JsonSchema {
  /** One, or several: `string`, `integer`, `object`. */
  readonly type?: string | readonly string[]
  /** For people. */
  readonly description?: string
  /** What counts where nothing is given. */
  readonly default?: unknown
  /** The only values that are taken. */
  readonly enum?: readonly unknown[]
  /** The only value that is taken. */
  readonly const?: unknown
  /** Of an object, by their keys. */
  readonly properties?: Readonly<Record<string, JsonSchema>>
  /** Keys that an object must have. */
  readonly required?: readonly string[]
  /** False where other keys are errors; else what their values must be. */
  readonly additionalProperties?: boolean | JsonSchema
  /** Of an array. */
  readonly items?: JsonSchema
  /** At least one of these must fit. */
  readonly anyOf?: readonly JsonSchema[]
  /** Of our own: the value must not be written down. */
  readonly secret?: boolean
  readonly [keyword: string]: unknown
}

/**
 * What may be given to a schema, as JSON Schema; `undefined` where the schema cannot tell: it is no Standard JSON
 * Schema, or holds what JSON Schema has no words for.
 */
export function jsonSchemaOf(schema: StandardSchemaV1): JsonSchema | undefined {
  const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1['~standard']>
  if (typeof jsonSchema?.input !== 'function') return undefined
  try {
    const made: unknown = jsonSchema.input({ target: 'draft-2020-12' })
    return typeof made === 'object' && made !== null ? (made as JsonSchema) : undefined
  } catch {
    // So the specification has a schema say that it cannot be expressed.
    return undefined
  }
}
