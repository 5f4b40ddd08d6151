import type { JsonSchema } from '../flavor/json-schema.ts'

/** What a value may be instead of what its schema says: it is resolved when the component is loaded. */
const REFERENCE: JsonSchema = { type: 'string', pattern: '\\$\\{env:[A-Za-z_][A-Za-z0-9_]*\\}' }
const ONLY_REFERENCE: JsonSchema = {
  ...REFERENCE,
  pattern: '^\\$\\{env:[A-Za-z_][A-Za-z0-9_]*\\}$',
}

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE = ['additionalProperties', 'items', 'additionalItems', 'contains', 'not', 'if', 'then', 'else']
const MANY = ['anyOf', 'allOf', 'items', 'prefixItems']
const NAMED = ['properties', 'patternProperties', 'definitions', '$defs']
/** Draft 7 does not know them, and what it makes of them is wrong or nothing. */
const LATER = [
  '$schema',
  '$id',
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  'unevaluatedProperties',
  'unevaluatedItems',
]

/**
 * A flavor's configuration as sidestep.yaml holds it, in draft 7: with the key `flavor`, and with `${env:NAME}` wherever
 * a value may be.
 *
 * @param at Where the schema is put: references within it begin there.
 */
export function editableConfig(config: JsonSchema, at: string): JsonSchema {
  const root = converted(config, { at, isName: false })
  return withFlavor(root, root, at, [])
}

interface Place {
  readonly at: string
  /** Within `propertyNames`, and where a value is only compared: no reference stands there. */
  readonly isName: boolean
}

function converted(schema: JsonSchema, place: Place): JsonSchema {
  const { at, isName } = place
  const made: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (LATER.includes(keyword) || keyword === 'secret') continue
    if (keyword === '$ref') made['$ref'] = String(value).replace(/^#/, at).replaceAll('/$defs/', '/definitions/')
    else if (keyword === 'propertyNames') made[keyword] = inside(value, { at, isName: true })
    else if (keyword === 'oneOf') {
      // A reference fits each of them.
      made['anyOf'] = list(value, place)
    } else if (MANY.includes(keyword) && Array.isArray(value)) {
      made[keyword === 'prefixItems' ? 'items' : keyword] = list(value, place)
    } else if (ONE.includes(keyword)) {
      const isCompared = keyword === 'not' || keyword === 'if'
      const target = keyword === 'items' && 'prefixItems' in schema ? 'additionalItems' : keyword
      made[target] = inside(value, { at, isName: isName || isCompared })
    } else if (NAMED.includes(keyword)) {
      const entries = Object.entries(value as Record<string, unknown>)
      made[keyword === '$defs' ? 'definitions' : keyword] = Object.fromEntries(
        entries.map(([name, entry]) => [name, inside(entry, place)]),
      )
    } else made[keyword] = value
  }
  if (isName) return made
  return schema.secret === true ? secret(made) : withReference(made)
}

function inside(value: unknown, place: Place): unknown {
  return typeof value === 'object' && value !== null ? converted(value as JsonSchema, place) : value
}

function list(value: unknown, place: Place): unknown {
  return (value as readonly unknown[]).map((item) => inside(item, place))
}

/** A text that is not checked holds a reference as it is. */
function withReference(schema: JsonSchema): JsonSchema {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  const isChecked =
    'enum' in schema ||
    'const' in schema ||
    types.some((type) => type === 'number' || type === 'integer' || type === 'boolean') ||
    ['pattern', 'format', 'maxLength', 'minLength'].some((keyword) => keyword in schema)
  if (!isChecked || types.includes('object') || types.includes('array')) return schema
  return described(schema, (rest) => ({ anyOf: [rest, REFERENCE] }))
}

function secret(schema: JsonSchema): JsonSchema {
  return described(schema, () => ({ ...ONLY_REFERENCE, errorMessage: 'A secret is not written here.' }))
}

/** What editors show of a value stands outside of the alternatives. */
function described(schema: JsonSchema, of: (rest: JsonSchema) => JsonSchema): JsonSchema {
  const { description, default: byDefault, ...rest } = schema
  return {
    ...(description === undefined ? {} : { description }),
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...of(rest),
  }
}

/** The key `flavor` stands among those of the configuration, whichever of its forms it has. */
function withFlavor(schema: JsonSchema, root: JsonSchema, at: string, seen: readonly string[]): JsonSchema {
  const made: Record<string, unknown> = { ...schema }
  const { $ref, properties, additionalProperties } = schema
  if (typeof $ref === 'string' && !seen.includes($ref)) {
    // In draft 7 nothing else counts beside a reference. What it leads to is copied, as elsewhere it has no such key.
    const target = at === $ref ? undefined : lookUp(root, $ref.slice(at.length))
    if (target !== undefined) {
      const { $ref: _, ...rest } = made
      return { ...rest, ...withFlavor(target, root, at, [...seen, $ref]) }
    }
  }
  if (properties !== undefined || additionalProperties !== undefined || 'propertyNames' in schema) {
    made['properties'] = { flavor: true, ...properties }
  }
  if ('propertyNames' in schema) made['propertyNames'] = { anyOf: [{ const: 'flavor' }, schema['propertyNames']] }
  for (const keyword of ['anyOf', 'allOf']) {
    const forms = schema[keyword]
    if (!Array.isArray(forms)) continue
    made[keyword] = (forms as readonly JsonSchema[]).map((form) => withFlavor(form, root, at, seen))
  }
  return made
}

function lookUp(root: JsonSchema, pointer: string): JsonSchema | undefined {
  let found: unknown = root
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, key) ? (found as JsonSchema)[key] : undefined
  }
  return typeof found === 'object' && found !== null ? (found as JsonSchema) : undefined
}
