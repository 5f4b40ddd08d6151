/** Where a value lies in an artifact store, how to read it back, and what its bytes must hash to. */
export interface StoredValue {
  /** Of its object in the store. */
  readonly key: string
  /** Of the stored bytes. */
  readonly sha256: string
  /** In bytes. */
  readonly size: number
  /** Name of the materializer that wrote it. */
  readonly materializer: string
  /** What that materializer needs beside the bytes: JSON. */
  readonly meta?: unknown
}
