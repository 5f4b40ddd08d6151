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
import { isAnythingWritten, writtenSecrets } from './written-secrets.ts'

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
 * that the variable spells. Without a schema every object is taken. What the schema calls a secret has to be a reference,
 * in code too: what a stack is made of is stored with each run. Rejects with what the schema throws.
 */
export async function checkConfig(
  schema: StandardSchemaV1 | undefined,
  config: unknown,
  { environment, unsetVariables }: CheckConfigOptions,
): Promise<CheckedConfig> {
  const resolved = resolveEnvironment(config, environment)
  const { open, values } = resolved
  // It takes long to make, for a look at what is usually empty.
  const json = schema === undefined || !isAnythingWritten(config) ? undefined : jsonSchemaOf(schema)
  const secrets = json === undefined ? [] : writtenSecrets(config, json)
  if (open.length > 0 && unsetVariables === 'refuse') return { issues: [...open, ...secrets] }
  const wrong = [...open.filter(({ variable }) => variable === undefined), ...secrets]
  const accepted = (value: unknown): CheckedConfig =>
    open.length + secrets.length > 0 ? { issues: wrong } : { issues: [], value }
  if (schema === undefined) {
    if (!isRecord(resolved.config)) return { issues: [...wrong, { path: [], message: 'a configuration is an object' }] }
    return accepted(resolved.config)
  }
  const result = await validate(schema, resolved.config, resolved.scalars)
  if (result.issues === undefined) return accepted(result.value)
  const told = [...open, ...secrets]
  const judged = result.issues.filter((issue) => !told.some(({ path }) => overlap(path, pathOf(issue))))
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
    if (refused.length === 0) {
      const inside = await scalarsInside(schema, config, { issues, untried })
      if (inside === undefined) return { issues: withText(issues, asText, jsonSchemaOf(schema)) }
      for (const scalar of inside) untried.delete(scalar)
      continue
    }
    asText.push(...issues.filter((issue) => refused.some(({ path }) => same(path, pathOf(issue)))))
    for (const scalar of refused) {
      scalar.put('scalar')
      untried.delete(scalar)
    }
  }
}

/** So many references inside of one value are tried in every combination; of more, all or none. */
const COMBINED = 5

/**
 * Of a union, a schema says no more than that none of its variants fits. Puts as few numbers and truth values into it as
 * make one fit, and gives those; `undefined` where none does, and all is as it was.
 */
async function scalarsInside(
  schema: StandardSchemaV1,
  config: unknown,
  { issues, untried }: Refused,
): Promise<readonly ScalarReference[] | undefined> {
  for (const at of issues.map(pathOf)) {
    const inside = [...untried].filter(({ path }) => isWithin(path, at))
    for (const chosen of combinations(inside)) {
      for (const scalar of chosen) scalar.put('scalar')
      const { issues: left = [] } = await schema['~standard'].validate(config)
      if (!left.some((issue) => isWithin(pathOf(issue), at))) return chosen
      for (const scalar of chosen) scalar.put('text')
    }
  }
  return undefined
}

interface Refused {
  readonly issues: readonly StandardSchemaV1.Issue[]
  readonly untried: ReadonlySet<ScalarReference>
}

/** All but the empty one, the smallest first. */
function combinations<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length > COMBINED) return [all]
  const chosen = Array.from({ length: 2 ** all.length - 1 }, (_, bits) =>
    all.filter((_item, at) => ((bits + 1) & (2 ** at)) !== 0),
  )
  return chosen.toSorted((a, b) => a.length - b.length)
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

/** Whether a path leads to what lies at another one, or into it. */
function isWithin(path: ConfigPath, outer: ConfigPath): boolean {
  return path.length >= outer.length && outer.every((key, at) => String(key) === String(path[at]))
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
