import { isReferenceAlone, isSecret, schemaAt, type JsonSchema } from '@sidestep/core/project'

/** What stands for a secret. */
export const HIDDEN = '***'

/** A copy of a configuration in which what its schema calls a secret is hidden. References stay: they hold none. */
export function redacted(
  value: unknown,
  schema: JsonSchema | undefined,
  root: JsonSchema | undefined = schema,
): unknown {
  if (schema === undefined || root === undefined) return value
  if (isSecret(schema, root)) return isReferenceAlone(value) ? value : HIDDEN
  if (typeof value !== 'object' || value === null) return value
  const inside = (key: string | number, item: unknown): unknown => redacted(item, schemaAt([key], root, schema), root)
  if (Array.isArray(value)) return (value as readonly unknown[]).map((item, index) => inside(index, item))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(key, item)]))
}
