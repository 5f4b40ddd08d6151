import { configError } from '../errors.ts'
import { whyItIsSecret } from './secret-values.ts'

/** Throws `CONFIG_INVALID` where a configuration holds what looks like a secret, and never says what it is. */
export function refuseSecrets(config: Readonly<Record<string, unknown>>, what: string): void {
  for (const [key, value] of Object.entries(config)) refuse(value, { what, key, path: key })
}

function refuse(value: unknown, place: { readonly what: string; readonly key: string; readonly path: string }): void {
  const { what, path } = place
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuse(item, { ...place, path: `${path}[${index}]` })
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, entry] of Object.entries(value)) refuse(entry, { what, key, path: `${path}.${key}` })
  } else if (typeof value === 'string' || typeof value === 'number') {
    const why = whyItIsSecret(place.key, value)
    if (why === undefined) return
    throw configError(
      'CONFIG_INVALID',
      `${path} of ${what} is refused: ${why}; sidestep.yaml holds no secrets`,
      'Give ${env:NAME} and set that variable where Sidestep runs; a step gets its own by `secrets`.',
    )
  }
}
