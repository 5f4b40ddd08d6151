import type { StandardSchemaV1 } from '@standard-schema/spec'

import { configIssues, pathOf, type ConfigIssue } from './config-issues.ts'
import {
  resolveEnvironment,
  type ConfigPath,
  type Environment,
  type ScalarReference,
} from './environment-references.ts'
import { jsonSchemaOf, type JsonSchema } from './json-schema.ts'
import { schemaAt, variantsOf } from './schema-parts.ts'

/** How `${env:NAME}` in a configuration is taken. */
export interface CheckConfigOptions {
  /** Variables by name, such as `process.env`. */
  readonly environment: Environment
  /** Whether a variable that is not set is an issue; else the value that asks for it is not judged. */
  readonly unsetVariables: 'refuse' | 'allow'
}

/** What came out of a check. */
export interface CheckedConfig {
  /** Empty where nothing is wrong. */
  readonly issues: readonly ConfigIssue[]
  /** As the schema gives it. Absent where there are issues, or where it is not known without a variable. */
  readonly value?: unknown
}

/**
 * Checks the configuration of a component: each `${env:NAME}` is replaced by the variable's text, and the schema asked. A
 * value that is one reference alone, and that the schema refuses as text, is tried again as the number, `true` or `false`
 * that the variable spells. Without a schema every object is taken. Rejects with what the schema throws.
 */
export async function checkConfig(
  schema: StandardSchemaV1 | undefined,
  config: unknown,
  { environment, unsetVariables }: CheckConfigOptions,
): Promise<CheckedConfig> {
  const resolved = resolveEnvironment(config, environment)
  const { open, values } = resolved
  if (open.length > 0 && unsetVariables === 'refuse') return { issues: open }
  const wrong = open.filter(({ variable }) => variable === undefined)
  if (schema === undefined) {
    if (!isRecord(resolved.config)) return { issues: [...wrong, { path: [], message: 'a configuration is an object' }] }
    return wrong.length > 0 ? { issues: wrong } : { issues: [], value: resolved.config }
  }
  const result = await validate(schema, resolved.config, resolved.scalars)
  if (result.issues === undefined) return wrong.length > 0 ? { issues: wrong } : { issues: [], value: result.value }
  const judged = result.issues.filter((issue) => !open.some(({ path }) => overlap(path, pathOf(issue))))
  const context = { schema, config: resolved.config, fromEnvironment: values }
  return { issues: [...wrong, ...configIssues(judged, context)] }
}

/** Asks the schema, until no reference is left that it may take as a number or a truth value. */
async function validate(
  schema: StandardSchemaV1,
  config: unknown,
  scalars: readonly ScalarReference[],
): Promise<StandardSchemaV1.Result<unknown>> {
  const untried = new Set(scalars)
  /** What was said of the texts that were replaced. */
  const asText: StandardSchemaV1.Issue[] = []
  for (;;) {
    const { issues, ...result } = await schema['~standard'].validate(config)
    if (issues === undefined) return result as StandardSchemaV1.SuccessResult<unknown>
    const refused = [...untried].filter(({ path }) => issues.some((issue) => same(path, pathOf(issue))))
    if (refused.length === 0) return { issues: withText(issues, asText, jsonSchemaOf(schema)) }
    asText.push(...issues.filter((issue) => refused.some(({ path }) => same(path, pathOf(issue)))))
    for (const scalar of refused) {
      scalar.put()
      untried.delete(scalar)
    }
  }
}

/** Where text belongs and is refused, and the number too, what was said of the text is of use. */
function withText(
  issues: readonly StandardSchemaV1.Issue[],
  asText: readonly StandardSchemaV1.Issue[],
  json: JsonSchema | undefined,
): readonly StandardSchemaV1.Issue[] {
  return issues.map((issue) => {
    const path = pathOf(issue)
    const at = json === undefined ? undefined : schemaAt(path, json)
    const isNumber = json !== undefined && at !== undefined && !takesText(at, json)
    return isNumber ? issue : (asText.find((other) => same(path, pathOf(other))) ?? issue)
  })
}

function takesText(schema: JsonSchema, root: JsonSchema): boolean {
  return variantsOf(schema, root).some(({ type }) => type === 'string' || type === undefined)
}

function same(one: ConfigPath, other: ConfigPath): boolean {
  return one.length === other.length && overlap(one, other)
}

/** Whether one lies in the other; the whole overlaps with nothing but itself. */
function overlap(one: ConfigPath, other: ConfigPath): boolean {
  if (one.length === 0 || other.length === 0) return one.length === other.length
  const length = Math.min(one.length, other.length)
  return one.slice(0, length).every((key, at) => String(key) === String(other[at]))
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
