import { configError, type SidestepError } from '../errors.ts'

/** The error about something that is no flavor: `where` is its source path or package. */
export function flavorError(where: string, what: string, hint: string, cause?: unknown): SidestepError {
  return configError('FLAVOR_INVALID', `${where} ${what}`, hint, cause)
}
