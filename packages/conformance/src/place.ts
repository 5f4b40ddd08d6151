/** Where the parts under test keep what must outlive a process. */
export interface Place {
  /** A new folder of this machine, the same for every `create` of one check. It is removed after the check. */
  readonly folder: string
  /** Letters, digits and `-`, not used before: for buckets, prefixes and repositories. The same for every `create` of one check. */
  readonly name: string
}
