/** What the registry does wrong, from now on. */
export interface OciRegistryFaults {
  /** Milliseconds before every answer. */
  readonly delayMs?: number
  /** How fast the body of each request and answer goes. Default: as fast as it can. */
  readonly bytesPerSecond?: number
  /** The next so many requests get 429 with `Retry-After`. */
  readonly throttle?: number
  /** Seconds, or an HTTP date, in the `Retry-After` of those. Default: 0. */
  readonly retryAfter?: number | string
  /** The next so many requests get no answer: the connection is closed. */
  readonly resets?: number
  /** Uploads are cut after so many bytes, once for each number: the next upload that comes so far. */
  readonly cutUploadsAt?: readonly number[]
  /** Downloads of blobs are cut after so many bytes, once for each number. */
  readonly cutDownloadsAt?: readonly number[]
  /** Mounts are refused: 202 and an upload begins, as a registry without mounts answers. */
  readonly noMounts?: boolean
  /** Mounts get this status, as in registries where they are switched off or forbidden. */
  readonly refuseMounts?: number
  /** Blobs and manifests come with other bytes than their digest says. */
  readonly wrongBytes?: boolean
  /** `Docker-Content-Digest` is not the digest of the content. */
  readonly wrongDigests?: boolean
  /** Every request gets this status. */
  readonly refuse?: number
  /** Requests of this method (default: any) to a path that matches (with the query; default: any) get this status, so many times (default: always). */
  readonly failures?: readonly {
    readonly method?: string
    readonly path?: RegExp
    readonly status: number
    readonly times?: number
  }[]
  /** Tokens that were given out until now are not valid any more. */
  readonly expireTokens?: boolean
  /** GET and HEAD of a blob redirect (307) to a storage on another host, which refuses requests that bring credentials. */
  readonly redirectBlobs?: boolean
  /** PATCH answers 201 instead of 202, as ECR does. */
  readonly createdOnPatch?: boolean
  /** `put`: an upload is one PUT, PATCH is refused (405). `patch`: a PUT must not bring bytes (400). Default: both. */
  readonly uploads?: 'put' | 'patch'
  /** A PUT or PATCH of more bytes gets 413. */
  readonly maxUploadBytes?: number
  /** Pushing makes no repositories: one that was not created is unknown (404), as in ECR. */
  readonly unknownRepositories?: boolean
  /** `Location` is absolute; by default it is only a path. The specification allows both. */
  readonly absoluteLocations?: boolean
}
