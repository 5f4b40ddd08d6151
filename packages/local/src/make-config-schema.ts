import * as z from 'zod/mini'

import type { ConfigSchema, JsonSchemaOptions } from './config-schema.ts'
import { PARSE_CONTEXT } from './parse-context.ts'

/** A schema as flavors give it. `zod/mini` leaves its JSON Schema out: that is made here, each time that it is asked for. */
export function makeConfigSchema<Output>(schema: z.ZodMiniType<Output>): ConfigSchema<Output> {
  const json =
    (io: 'input' | 'output') =>
    ({ target }: JsonSchemaOptions): Record<string, unknown> =>
      z.toJSONSchema(schema, { io, target })
  return {
    '~standard': {
      version: 1,
      vendor: 'zod',
      validate: (value) => {
        const result = schema.safeParse(value, PARSE_CONTEXT)
        return result.success ? { value: result.data } : { issues: result.error.issues }
      },
      jsonSchema: { input: json('input'), output: json('output') },
    },
  }
}

/** Gives a schema a text for people: the schema itself, since a copy of each takes long to make. */
export function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description })
  return schema
}
