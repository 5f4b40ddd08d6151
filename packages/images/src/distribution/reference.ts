/** An image by its name: `ghcr.io/acme/steps:1`, `node@sha256:…`. */
export interface ImageReference {
  /** `host[:port]`; Docker Hub is `docker.io`. */
  readonly registry: string
  /** `library/node`, `acme/steps`. */
  readonly repository: string
  readonly tag?: string
  /** `sha256:…` */
  readonly digest?: string
}

/** Throws a `CONFIG_INVALID` error that says what is wrong with it. */
export function parseReference(_text: string): ImageReference {
  throw new Error('not there yet')
}

export function formatReference(_reference: ImageReference): string {
  throw new Error('not there yet')
}
