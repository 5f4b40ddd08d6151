/** Everything that `npm ci` needs, and nothing that is different on another machine. */
export interface Lock {
  /** Text of package-lock.json. */
  readonly text: string
  /** Of `text`; names the folder that it is installed in. */
  readonly sha256: string
  /** Text of package.json. */
  readonly manifest: string
}
