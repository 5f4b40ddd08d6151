import type { Readable } from 'node:stream'

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`

export interface Manifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** Something that is to be sent: it may be read again, because an upload may have to begin anew. */
export interface BlobSource {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  open(): Readable
}

/** What a registry is asked with. */
export interface Login {
  readonly username: string
  readonly password: string
}

export interface RegistryClientOptions {
  /** `host[:port]`. Plain HTTP on loopback, HTTPS everywhere else. */
  readonly registry: string
  /** Asked once per registry, when it wants to know who asks. `undefined`: nobody. Default: what Docker's own configuration says. */
  readonly login?: (options: { readonly signal: AbortSignal }) => Promise<Login | undefined>
  /** Uploads and downloads at a time. Default: 4. */
  readonly concurrency?: number
}

interface CallOptions {
  readonly signal: AbortSignal
}

/** One repository of a registry. Everything that comes is checked by its digest. */
export interface RepositoryClient {
  /** By tag or digest; `undefined` where there is none. */
  manifest(reference: string, options: CallOptions): Promise<Manifest | undefined>
  putManifest(reference: string, manifest: Omit<Manifest, 'digest'>, options: CallOptions): Promise<Digest>
  hasBlob(digest: Digest, options: CallOptions): Promise<boolean>
  /** The stream ends with an error where the bytes are not those of the digest. */
  blob(digest: Digest, options: CallOptions): Promise<Readable>
  /** From another repository of the registry. False: the registry does not do that, and the blob has to be sent. */
  mountBlob(digest: Digest, from: string, options: CallOptions): Promise<boolean>
  /** Sends a blob unless it is there. */
  putBlob(blob: BlobSource, options: CallOptions): Promise<'sent' | 'there'>
}

/** A client of the OCI distribution API, with connections of its own. */
export class RegistryClient {
  constructor(_options: RegistryClientOptions) {
    throw new Error('not there yet')
  }

  repository(_name: string): RepositoryClient {
    throw new Error('not there yet')
  }

  /** Closes its connections. */
  close(): void {}
}
