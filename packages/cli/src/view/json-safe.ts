/** Whether JSON gives the value back as it is. */
export function isJsonSafe(value: unknown, parents: readonly object[] = []): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || parents.includes(value) || parents.length > 500) return false
  const path = [...parents, value]
  if (Array.isArray(value)) return value.every((item) => isJsonSafe(item, path))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.values(value).every((item) => isJsonSafe(item, path))
}
