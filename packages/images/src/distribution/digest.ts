import { createHash } from 'node:crypto'

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`

/** True for a SHA-256 digest as registries write it. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}

/** The digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
