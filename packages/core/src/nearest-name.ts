import { distance } from 'fastest-levenshtein'

/** Longer ones are compared by their beginning. */
const COMPARED = 80

/** The name that may have been meant; `undefined` where half of each is wrong. Case counts little. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const given = wanted.slice(0, COMPARED)
  let nearest: { readonly name: string; readonly far: number } | undefined
  for (const name of names) {
    const other = name.slice(0, COMPARED)
    const far = distance(given.toLowerCase(), other.toLowerCase())
    if (far <= Math.max(given.length, other.length) / 2 && far < (nearest?.far ?? Infinity)) nearest = { name, far }
  }
  return nearest?.name
}
