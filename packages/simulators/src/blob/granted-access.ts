/** What credentials say beside that it may be done. */
export interface GrantedAccess {
  /** False: only what is not there may be written. */
  readonly mayOverwrite: boolean
  /** What a signature puts in place of the headers of a read. */
  readonly headers: Readonly<Record<string, string>>
}
