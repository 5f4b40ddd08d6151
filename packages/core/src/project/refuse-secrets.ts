import { configError } from '../errors.ts'
import { secretIn } from '../stack/secret-in.ts'

/** Throws `CONFIG_INVALID` where a configuration holds what looks like a secret, and never says what it is. */
export function refuseSecrets(config: Readonly<Record<string, unknown>>, what: string): void {
  const secret = secretIn(config)
  if (secret === undefined) return
  throw configError(
    'CONFIG_INVALID',
    `${secret.path} of ${what} is refused: ${secret.why}; sidestep.yaml holds no secrets`,
    'Give ${env:NAME} and set that variable where Sidestep runs; a step gets its own by `secrets`.',
  )
}
