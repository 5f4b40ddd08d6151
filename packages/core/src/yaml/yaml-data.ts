import { isNode, type Document } from 'yaml'

/** What YAML says, less how it is written: maps have text keys, and no order that matters. */
export type Data = string | number | boolean | bigint | null | readonly Data[] | ReadonlyMap<string, Data>

/** Of a node of a document that is known to be of a sane size with all that its aliases mean, or of a plain value. */
export function dataOf(value: unknown, document?: Document): Data {
  if (isNode(value) && document !== undefined)
    return dataOf(value.toJS(document, { mapAsMap: true, maxAliasCount: -1 }))
  if (Array.isArray(value)) return value.map((item) => dataOf(item))
  if (value instanceof Map) return new Map([...value].map(([key, entry]) => [String(key), dataOf(entry)]))
  if (typeof value === 'object' && value !== null) {
    return new Map(Object.entries(value).map(([key, entry]) => [key, dataOf(entry)]))
  }
  return (value ?? null) as Data
}

/** A copy with a value at a path; maps that are missing on the way are made. */
export function withEntry(data: Data, path: readonly (string | number)[], value: unknown): Data {
  const [key, ...rest] = path
  if (key === undefined) return dataOf(value)
  if (Array.isArray(data)) return data.with(Number(key), withEntry(data[Number(key)] ?? null, rest, value))
  const map = new Map(data instanceof Map ? data : [])
  return map.set(String(key), withEntry(map.get(String(key)) ?? null, rest, value))
}

/** A copy without the entry at a path. */
export function without(data: Data, path: readonly (string | number)[]): Data {
  const [key, ...rest] = path
  if (key === undefined || !(data instanceof Map)) return data
  const map = new Map(data)
  if (rest.length === 0) map.delete(String(key))
  else map.set(String(key), without(map.get(String(key)) ?? null, rest))
  return map
}

/** A copy in which the entry at a path has another key. */
export function withKey(data: Data, path: readonly (string | number)[], newKey: string): Data {
  const [key, ...rest] = path
  if (key === undefined || !(data instanceof Map)) return data
  return new Map(
    [...data].map(([name, entry]): [string, Data] => {
      if (name !== String(key)) return [name, entry]
      return rest.length === 0 ? [newKey, entry] : [name, withKey(entry, rest, newKey)]
    }),
  )
}
