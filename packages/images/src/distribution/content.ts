import type { Readable } from 'node:stream'

import type { Digest } from './digest.ts'

/** A manifest or an index as it lies in a registry. */
export interface Manifest {
  /** Of `bytes`, checked. */
  readonly digest: Digest
  /** One of those in media-types.ts, or what the registry says. */
  readonly mediaType: string
  /** Exactly these were signed by the digest: parse them, never write them anew. */
  readonly bytes: Uint8Array
}

/** Something that is to be sent: it may be read again, because an upload may have to begin anew. */
export interface BlobSource {
  /** Of all its bytes: checked while they are sent. */
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  /** The bytes from their beginning, at each call. The stream is destroyed where the upload ends early. */
  open(): Readable
}

/** What a registry is asked with. */
export interface Login {
  /** `<token>`: the password is an identity token (an OAuth2 refresh token), as Docker's helpers say it. */
  readonly username: string
  /** Or a token, as the username says. */
  readonly password: string
}
