import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { EventStream } from './event-stream.ts'
import type { RunBundle } from './run-bundle.ts'
import type { RunOperators } from './run-operators.ts'

/** A run that has begun: everything its steps share. */
export interface OpenRun {
  readonly runId: string
  /** Random: part of the tokens of all its attempts. */
  readonly salt: string
  readonly pipeline: string
  readonly operators: RunOperators
  readonly store: ArtifactStore
  readonly journal: Journal
  /** Of the project's own state. */
  readonly home: string
  /** Folder of the project's package.json. */
  readonly projectFolder: string
  readonly bundle: RunBundle
  readonly events: EventStream
  /** Aborts when the steps are to stop. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: () => number
}
