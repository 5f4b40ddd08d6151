import type { Clock } from '../ground/clock.ts'
import type { LogStore } from './log-store.ts'

/** What the operations share. */
export interface LogsState {
  readonly logs: LogStore
  readonly clock: Clock
}
