/** Configuration of the image builder `oci`. */
export interface OciConfig {
  /** What steps without a `parentImage` are built on. Default: the official slim image of `nodeVersion`. */
  readonly parentImage?: string
  /** The Node.js that images without one get, and of the default `parentImage`. Default: `'24'`. */
  readonly nodeVersion?: '22' | '24'
}

/** Configuration of the container registry `oci`. */
export interface OciContainerRegistryConfig {
  /** `host[:port][/path]`: images are pushed to repositories below it. Plain HTTP is for loopback only. */
  readonly uri: string
}
