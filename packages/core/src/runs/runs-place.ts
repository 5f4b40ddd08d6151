import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { RunStacks } from './run-stacks.ts'

/** What everything that is done with runs from outside works on. */
export interface RunsPlace {
  readonly journal: Journal
  /** Of the project's own state. */
  readonly home: string
  readonly stacks: RunStacks
  readonly clock: Clock
  /** From 0 up to 1, for the jitter of waits. */
  readonly random: () => number
}
