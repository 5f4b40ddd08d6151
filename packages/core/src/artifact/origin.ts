import type { StoredValue } from './stored-value.ts'

/** Where a file or folder was read from, so that passing it on moves no bytes. */
export interface Origin {
  readonly stored: StoredValue
  readonly storeUri: string
}
