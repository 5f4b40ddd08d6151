/** An image by its digest. */
export interface ImageName {
  /** `127.0.0.1:5000`. */
  readonly host: string
  /** `team/app`. */
  readonly repository: string
  /** `sha256:…`. */
  readonly digest: string
}

const NAME = /^([^/@]+)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::[\w.-]{1,128})?@(sha256:[0-9a-f]{64})$/

/** Reads `host/repository@sha256:…`; a tag before the `@` says nothing. Throws a `RangeError`. Pure. */
export function parseImageName(image: string): ImageName {
  const [, host, repository, digest] = NAME.exec(image) ?? []
  if (host === undefined || repository === undefined || digest === undefined) {
    throw new RangeError(`${image} is no image by its digest: write host/repository@sha256:…`)
  }
  return { host, repository, digest }
}
