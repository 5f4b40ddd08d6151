import { propertiesOf, variantsOf, type JsonSchema } from '@sidestep/core/project'
import { ENVIRONMENT_REFERENCE } from './read-option-value.ts'

/** What stands for a secret. */
export const HIDDEN = '***'

/** A copy of a configuration in which what its schema calls a secret is hidden. References stay: they hold none. */
export function redacted(
  value: unknown,
  schema: JsonSchema | undefined,
  root: JsonSchema | undefined = schema,
): unknown {
  if (schema === undefined || root === undefined) return value
  const variants = variantsOf(schema, root)
  if (schema.secret === true || variants.some(({ secret }) => secret === true)) {
    return typeof value === 'string' && ENVIRONMENT_REFERENCE.test(value) ? value : HIDDEN
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = variants.find((one) => one.items !== undefined)?.items
    return (value as readonly unknown[]).map((item) => redacted(item, items, root))
  }
  const properties = propertiesOf(schema, root)
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      redacted(item, Object.hasOwn(properties, key) ? properties[key] : undefined, root),
    ]),
  )
}
