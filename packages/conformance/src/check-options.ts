/** What an option must be. */
export type OptionShape =
  | 'a function'
  | 'an object'
  | 'a number'
  | 'a whole number of at least 1'
  | 'a list'
  | "an object, or 'none'"
  | "a function, or 'none'"

/** Whether an option may be left out. */
export interface OptionRule {
  readonly is: OptionShape
  readonly optional?: true
}

const HOLDS: Readonly<Record<OptionShape, (value: unknown) => boolean>> = {
  'a function': (value) => typeof value === 'function',
  'an object': isObject,
  // Whoever reads the factor says what it must be.
  'a number': () => true,
  'a whole number of at least 1': (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  'a list': (value) => Array.isArray(value),
  "an object, or 'none'": (value) => value === 'none' || isObject(value),
  "a function, or 'none'": (value) => value === 'none' || typeof value === 'function',
}

/** Throws a `TypeError` that names the option that is missing, is something else, or that the suite does not have. */
export function checkOptions(suite: string, given: unknown, rules: Readonly<Record<string, OptionRule>>): void {
  if (!isObject(given)) throw new TypeError(`${suite}() needs its options as an object`)
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(rules, name)) continue
    throw new TypeError(`${suite}() has no option ${name}, but ${Object.keys(rules).join(', ')}`)
  }
  for (const [name, { is, optional }] of Object.entries(rules)) {
    const value = (given as Readonly<Record<string, unknown>>)[name]
    if (value === undefined && optional === true) continue
    if (value === undefined) throw new TypeError(`${suite}() needs ${name}: ${is}`)
    if (!HOLDS[is](value)) throw new TypeError(`${name} of ${suite}() must be ${is}, and is ${shown(value)}`)
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : Array.isArray(value) ? 'a list' : String(value)
}
