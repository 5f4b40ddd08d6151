import { modelled } from './secrets-manager-errors.ts'

/** The members of a request that say a value. */
export interface ValueRequest {
  readonly SecretString?: string
  /** In base64. */
  readonly SecretBinary?: string
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_BYTES = 65_536

/** The value of a request; `undefined` where it says none. Throws for two of them, and for a text whose bytes are too many. */
export function valueOf({
  SecretString,
  SecretBinary,
}: ValueRequest): { readonly text: string } | { readonly binary: string } | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    const message = "You can't specify both a binary secret value and a string secret value in the same secret."
    throw modelled('InvalidParameterException', message)
  }
  if (Buffer.byteLength(SecretString ?? '') > MAX_BYTES) {
    throw modelled('InvalidParameterException', `The secret value is larger than ${MAX_BYTES} bytes.`)
  }
  if (SecretString !== undefined) return { text: SecretString }
  return SecretBinary === undefined ? undefined : { binary: SecretBinary }
}
