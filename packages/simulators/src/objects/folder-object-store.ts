import type { Clock } from '../ground/clock.ts'
import type { ObjectStore } from './object-store.ts'

/** Objects in files of a folder, with their index in memory. */
export function folderObjectStore(_options: {
  readonly folder: string
  readonly clock: Clock
  /** How long after a change lists may show what was before, in milliseconds. */
  readonly listDelayMs: number
}): ObjectStore {
  throw new Error('not there yet')
}
