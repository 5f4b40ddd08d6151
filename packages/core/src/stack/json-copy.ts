/**
 * A deep copy of an object that JSON holds as it is, less properties that are `undefined`; `undefined` where it holds
 * anything else, such as a function, a date or itself.
 */
export function jsonCopy(value: object): object | undefined {
  const copy = copyOf(value, [])
  return copy === NONE ? undefined : (copy as object)
}

const NONE = Symbol('not JSON')

function copyOf(value: unknown, within: readonly object[]): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : NONE
  if (typeof value !== 'object' || within.includes(value)) return NONE
  const inside = [...within, value]
  if (Array.isArray(value)) {
    const items = value.map((item) => copyOf(item, inside))
    return items.includes(NONE) ? NONE : items
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return NONE
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .map(([key, entry]) => [key, copyOf(entry, inside)] as const)
  return entries.some(([, entry]) => entry === NONE) ? NONE : Object.fromEntries(entries)
}
