import { whyItIsSecret } from './secret-values.ts'

/** A secret in a configuration; never holds the value. */
export interface FoundSecret {
  /** `nested[0].apiKey`. */
  readonly path: string
  readonly why: string
}

/** The first value of a configuration, which is plain data, that looks like a secret. */
export function secretIn(config: object): FoundSecret | undefined {
  for (const [key, value] of Object.entries(config)) {
    const found = search(value, { key, path: key })
    if (found !== undefined) return found
  }
  return undefined
}

/** What is in a list belongs to the list's key. */
function search(
  value: unknown,
  { key, path }: { readonly key: string; readonly path: string },
): FoundSecret | undefined {
  if (typeof value === 'string' || typeof value === 'number') {
    const why = whyItIsSecret(key, value)
    return why === undefined ? undefined : { path, why }
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, entry] of Object.entries(value)) {
    const place = Array.isArray(value) ? { key, path: `${path}[${name}]` } : { key: name, path: `${path}.${name}` }
    const found = search(entry, place)
    if (found !== undefined) return found
  }
  return undefined
}
