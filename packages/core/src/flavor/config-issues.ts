import type { StandardSchemaV1 } from '@standard-schema/spec'

import { nearestName } from '../nearest-name.ts'
import { jsonSchemaOf, type JsonSchema } from './json-schema.ts'

/** What issues are described by. */
export interface IssueContext {
  readonly schema: StandardSchemaV1
  /** What was validated. */
  readonly config: unknown
  /** Values that came from the environment, by the variable's name: a message shows the reference in their place. */
  readonly fromEnvironment: ReadonlyMap<string, string>
}

/** Shorter ones would be found in every message, and are no secrets. */
const SHORTEST_HIDDEN = 4

/** What is wrong with a configuration, a line for each issue: its path, the nearest key for one that is unknown. */
export function describeIssues(issues: readonly StandardSchemaV1.Issue[], context: IssueContext): string {
  const json = jsonSchemaOf(context.schema)
  const hidden = hiddenValues(json, context)
  return issues.map((issue) => `  ${hide(describeIssue(issue, json, context.config), hidden)}`).join('\n')
}

function describeIssue(
  { path = [], message }: StandardSchemaV1.Issue,
  json: JsonSchema | undefined,
  config: unknown,
): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  const meant = unknownKeys(keys, json, config)
    .filter(({ key, nearest }) => message.includes(key) && !message.includes(nearest))
    .map(({ key, nearest }) => `; instead of ${key}, did you mean ${nearest}?`)
    .join('')
  return `${keys.length === 0 ? '' : `${keys.join('.')}: `}${message}${meant}`
}

/** Keys of the object at a path that its schema does not know, with those that were probably meant. */
function unknownKeys(
  path: readonly string[],
  json: JsonSchema | undefined,
  config: unknown,
): readonly { readonly key: string; readonly nearest: string }[] {
  let node = json
  let value = config
  for (const key of path) {
    node = own(node?.properties, key) ?? node?.items
    value = own(value, key)
  }
  const known = Object.keys(node?.properties ?? {})
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .flatMap((key) => {
      const nearest = nearestName(key, known)
      return nearest === undefined ? [] : [{ key, nearest }]
    })
}

/** What to write for each value that must not be shown. */
function hiddenValues(
  json: JsonSchema | undefined,
  { config, fromEnvironment }: IssueContext,
): readonly [string, string][] {
  const named = [...fromEnvironment].map(([name, value]): [string, string] => [value, `\${env:${name}}`])
  const secret = secretStrings(json, config).map((value): [string, string] => [value, '(hidden)'])
  return [...named, ...secret]
    .filter(([value]) => value.length >= SHORTEST_HIDDEN)
    .toSorted(([a], [b]) => b.length - a.length)
}

function secretStrings(json: JsonSchema | undefined, value: unknown): string[] {
  if (json === undefined) return []
  if (typeof value === 'string') return json.secret === true ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item) => secretStrings(json.items, item))
  return Object.entries(value).flatMap(([key, item]) => secretStrings(own(json.properties, key), item))
}

function hide(text: string, hidden: readonly (readonly [string, string])[]): string {
  return hidden.reduce((shown, [value, instead]) => shown.replaceAll(value, () => instead), text)
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined
function own(record: unknown, key: string): unknown
function own(record: unknown, key: string): unknown {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, key)
    ? (record as Readonly<Record<string, unknown>>)[key]
    : undefined
}
