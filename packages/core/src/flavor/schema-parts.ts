import type { JsonSchema } from './json-schema.ts'

/** References inside references end here. */
const DEEPEST = 20

/** The schemas of which a value must fit one; each has at most one type. `root` is where references lead. */
export function variantsOf(schema: JsonSchema, root: JsonSchema, depth = 0): readonly JsonSchema[] {
  if (depth > DEEPEST) return [{}]
  const { $ref, type } = schema
  const target = typeof $ref === 'string' ? referred($ref, root) : undefined
  if (target !== undefined) return variantsOf({ ...target, ...without(schema, '$ref') }, root, depth + 1)
  const choices = [schema.anyOf, schema['oneOf']].find((list): list is readonly JsonSchema[] => isSchemas(list))
  if (choices !== undefined) return choices.flatMap((choice) => variantsOf(choice, root, depth + 1))
  const all = schema['allOf']
  if (isSchemas(all) && type === undefined) {
    return all.flatMap((part) => variantsOf(part, root, depth + 1)).filter((part) => Object.keys(part).length > 0)
  }
  if (typeof type === 'object') return type.map((one) => ({ ...schema, type: one }))
  return [schema]
}

/** The keys that a value may have, with their schemas; of several variants all of them. */
export function propertiesOf(schema: JsonSchema, root: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const entries = variantsOf(schema, root).flatMap(({ properties }) => Object.entries(properties ?? {}))
  const merged = new Map<string, JsonSchema>()
  for (const [key, property] of entries) {
    const other = merged.get(key)
    merged.set(key, other === undefined || same(other, property) ? property : { anyOf: [other, property] })
  }
  return Object.fromEntries(merged)
}

/** The keys that every value must have. */
export function requiredOf(schema: JsonSchema, root: JsonSchema): ReadonlySet<string> {
  const ofAll = isSchemas(schema['allOf'])
  const lists = variantsOf(schema, root)
    .filter(({ properties }) => properties !== undefined)
    .map(({ required }) => required ?? [])
  const [first = [], ...others] = lists
  if (ofAll) return new Set(lists.flat())
  return new Set(first.filter((key) => others.every((list) => list.includes(key))))
}

/**
 * The schema of what lies at a path; `undefined` where nothing says what belongs there. A number leads into a list, text
 * into an object. `from` is where the path begins.
 */
export function schemaAt(
  path: readonly PropertyKey[],
  root: JsonSchema,
  from: JsonSchema = root,
): JsonSchema | undefined {
  let schema: JsonSchema | undefined = from
  for (const key of path) {
    if (schema === undefined) return undefined
    schema = typeof key === 'number' ? itemsOf(schema, root) : propertyOf(schema, String(key), root)
  }
  return schema
}

function propertyOf(schema: JsonSchema, key: string, root: JsonSchema): JsonSchema | undefined {
  const properties = propertiesOf(schema, root)
  if (Object.hasOwn(properties, key)) return properties[key]
  return variantsOf(schema, root)
    .map(({ additionalProperties }) => additionalProperties)
    .find((more): more is JsonSchema => typeof more === 'object')
}

function itemsOf(schema: JsonSchema, root: JsonSchema): JsonSchema | undefined {
  return variantsOf(schema, root).find(({ items }) => items !== undefined)?.items
}

function referred(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (!reference.startsWith('#/')) return undefined
  let found: unknown = root
  for (const part of reference.slice(2).split('/')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = (found as Record<string, unknown>)[part]
  }
  return typeof found === 'object' && found !== null ? (found as JsonSchema) : undefined
}

function isSchemas(value: unknown): value is readonly JsonSchema[] {
  return Array.isArray(value) && value.length > 0
}

function without(schema: JsonSchema, key: string): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key))
}

function same(one: JsonSchema, other: JsonSchema): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
