/** What the registry does wrong, from now on. */
export interface OciRegistryFaults {
  /** Milliseconds before every answer. */
  readonly delayMs?: number
  /** The next so many requests get 429 with `Retry-After: 0`. */
  readonly throttle?: number
  /** Uploads are cut after so many bytes, once for each number. */
  readonly cutUploadsAt?: readonly number[]
  /** Mounts are refused: 202 and an upload begins, as a registry without mounts answers. */
  readonly noMounts?: boolean
  /** Blobs and manifests come with other bytes than their digest says. */
  readonly wrongBytes?: boolean
  /** Every request gets this status. */
  readonly refuse?: number
}

/** A request as the registry saw it. */
export interface RegistryRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly status: number
  /** Bytes of the body that was received. */
  readonly received: number
}

export interface OciRegistryOptions {
  /** Default: any free one, on 127.0.0.1. */
  readonly port?: number
  /** `basic`: user and password; `bearer`: a token service of its own asks for them. Default: nobody is asked. */
  readonly auth?: { readonly kind: 'basic' | 'bearer'; readonly username: string; readonly password: string }
}

/** A registry that speaks the OCI distribution API, in this process and in memory. */
export interface OciRegistry {
  /** `127.0.0.1:41233`. */
  readonly host: string
  readonly requests: readonly RegistryRequest[]
  setFaults(faults: OciRegistryFaults): void
  clearRequests(): void
  close(): Promise<void>
}

export async function startOciRegistry(_options: OciRegistryOptions = {}): Promise<OciRegistry> {
  throw new Error('not there yet')
}
