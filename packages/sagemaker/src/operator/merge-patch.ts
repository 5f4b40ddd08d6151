/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/** RFC 7386: objects are merged, `null` removes, anything else replaces. Neither of the two is changed. Pure. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target))
  for (const [key, value] of Object.entries(patch)) {
    const there = merged.get(key)
    if (value === null) merged.delete(key)
    else if (isObject(value)) merged.set(key, mergePatch(isObject(there) ? there : {}, value))
    else merged.set(key, value)
  }
  return Object.fromEntries(merged)
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
