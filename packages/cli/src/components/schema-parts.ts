import type { JsonSchema } from '@sidestep/core/project'

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

/** The schema of what lies at a path of keys; `undefined` where nothing says what belongs there. */
export function schemaAt(path: readonly string[], root: JsonSchema): JsonSchema | undefined {
  let schema: JsonSchema | undefined = root
  for (const key of path) {
    if (schema === undefined) return undefined
    const properties: Readonly<Record<string, JsonSchema>> = propertiesOf(schema, root)
    const rest: JsonSchema | undefined = variantsOf(schema, root)
      .map(({ additionalProperties }) => additionalProperties)
      .find((more): more is JsonSchema => typeof more === 'object')
    schema = Object.hasOwn(properties, key) ? properties[key] : rest
  }
  return schema
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
