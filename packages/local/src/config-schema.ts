/** The schema of a configuration: a Standard Schema that is a Standard JSON Schema too. */
export interface ConfigSchema<Output> {
  /** As https://standardschema.dev has it. */
  readonly '~standard': {
    readonly version: 1
    readonly vendor: 'zod'
    readonly validate: (value: unknown) => ConfigResult<Output>
    readonly jsonSchema: Readonly<Record<'input' | 'output', (options: JsonSchemaOptions) => Record<string, unknown>>>
  }
}

/** The value with its defaults, or what is wrong. */
export type ConfigResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly ConfigIssue[] }

/** The words that a JSON Schema is to be in. */
export interface JsonSchemaOptions {
  /** Such as `draft-2020-12`. */
  readonly target: string
}

/** One thing that is wrong. */
export interface ConfigIssue {
  /** For people. */
  readonly message: string
  /** Keys and indexes that lead to it; empty: the whole. */
  readonly path: readonly PropertyKey[]
}
