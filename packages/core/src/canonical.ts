import { createHash } from 'node:crypto'

import canonicalize from 'canonicalize'

/** JSON with one spelling per value (RFC 8785): what is compared, hashed or signed goes through this. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('the value has no JSON form')
  return text
}

/** Lower-case hex, 64 characters. Strings are hashed as UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** sha256 of the canonical JSON of a value. */
export function fingerprint(value: unknown): string {
  return sha256(canonicalJson(value))
}
