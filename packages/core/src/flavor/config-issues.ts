import type { StandardSchemaV1 } from '@standard-schema/spec'

import { nearestName } from '../nearest-name.ts'
import { hiderOf, referencesOf, type Hider } from '../stack/hidden-values.ts'
import type { ConfigPath } from './environment-references.ts'
import { jsonSchemaOf, type JsonSchema } from './json-schema.ts'
import { propertiesOf, schemaAt, variantsOf } from './schema-parts.ts'
import { meantReference } from './shell-variable.ts'

/** One thing that is wrong with a configuration. */
export interface ConfigIssue {
  /** Keys and indexes that lead to it; empty: the whole. */
  readonly path: ConfigPath
  /** Holds no secret, and nothing that came from the environment. */
  readonly message: string
  /** Name of the environment variable that it asks for, and that is not set, or empty. */
  readonly variable?: string
}

/** What issues are described by. */
export interface IssueContext {
  readonly schema: StandardSchemaV1
  /** What was validated. */
  readonly config: unknown
  /** Values that came from the environment, by the variable's name: a message shows the reference in their place. */
  readonly fromEnvironment: ReadonlyMap<string, string>
}

/** A schema's issues for people: with the nearest key for one that is unknown, and without what must not be shown. */
export function configIssues(
  issues: readonly StandardSchemaV1.Issue[],
  { schema, config, fromEnvironment }: IssueContext,
): readonly ConfigIssue[] {
  const json = jsonSchemaOf(schema)
  const secrets = json === undefined ? [] : secretsIn(config, json, json)
  const hidden = hiderOf([...referencesOf(fromEnvironment), ...secrets.map((value) => [value, '(hidden)'] as const)])
  return issues.map((issue) => {
    const path = pathOf(issue)
    const text = hidden.text(issue.message) + meant(issue.message, path, { json, config })
    return { path, message: text + meantVariable(path.reduce(own, config), hidden) }
  })
}

/** Path and message: `limits.zones[0]: must be text`. */
export function issueText({ path, message }: ConfigIssue): string {
  const shown = path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`))
  return shown.length === 0 ? message : `${shown.join('')}: ${message}`
}

/** Where an issue lies: schemas may wrap keys. */
export function pathOf({ path = [] }: StandardSchemaV1.Issue): ConfigPath {
  return path.map((part) => (typeof part === 'object' ? part.key : part))
}

/** For the unknown keys that a message names, those that were probably meant, where it does not say so itself. */
function meant(
  message: string,
  path: ConfigPath,
  { json, config }: { readonly json: JsonSchema | undefined; readonly config: unknown },
): string {
  const schema = json === undefined ? undefined : schemaAt(path, json)
  const value = path.reduce(own, config)
  if (json === undefined || schema === undefined || !isRecord(value)) return ''
  const known = Object.keys(propertiesOf(schema, json))
  return Object.keys(value)
    .filter((key) => !known.includes(key) && message.includes(key))
    .map((key) => ({ key, near: nearestName(key, known) }))
    .filter(({ key, near }) => near !== undefined && !isNamed(near, key, message))
    .map(({ key, near }) => `; instead of ${key}, did you mean ${near}?`)
    .join('')
}

/** Whether a message has a name, and not just as a part of the unknown key. */
function isNamed(name: string, key: string, message: string): boolean {
  return (name.includes(key) ? message : message.replaceAll(key, '')).includes(name)
}

/** Nothing of a value that must not be shown. */
function meantVariable(value: unknown, hidden: Hider): string {
  const reference = typeof value === 'string' && hidden.text(value) === value ? meantReference(value) : undefined
  return reference === undefined ? '' : `; did you mean ${reference}?`
}

function secretsIn(value: unknown, schema: JsonSchema, root: JsonSchema, above: readonly unknown[] = []): string[] {
  const isSecret = schema.secret === true || variantsOf(schema, root).some(({ secret }) => secret === true)
  if (typeof value === 'string') return isSecret ? [value] : []
  if (typeof value !== 'object' || value === null || above.includes(value)) return []
  const entries = Array.isArray(value) ? [...(value as readonly unknown[]).entries()] : Object.entries(value)
  return entries.flatMap(([key, item]) => {
    const inner = isSecret ? schema : schemaAt([key], root, schema)
    return inner === undefined ? [] : secretsIn(item, inner, root, [...above, value])
  })
}

function own(record: unknown, key: PropertyKey): unknown {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, key)
    ? (record as Readonly<Record<PropertyKey, unknown>>)[key]
    : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
