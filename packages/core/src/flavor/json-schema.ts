import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'

/** The part of JSON Schema (draft 2020-12) that options and documentation are made from. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
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
