/** Throws a `RangeError` for a property that nobody reads: a misspelled one would change nothing. `what`: of what it is. */
export function checkKeys(given: object, known: readonly string[], what: string): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new RangeError(`${what} has no ${unknown}: it has ${known.join(', ')}`)
}
