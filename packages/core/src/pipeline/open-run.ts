import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { Clock } from '../clock.ts'
import type { LaunchJournal } from '../journal/attempt-record.ts'
import type { Journal, RunWriter } from '../journal/journal.ts'
import type { Launcher } from '../journal/launcher.ts'
import type { AttemptAbout } from '../journal/run-writer.ts'
import type { DecidedAttempts } from './decided-attempts.ts'
import type { EventStream } from './event-stream.ts'
import type { KnownCode } from './known-code.ts'
import type { RunBundle } from './run-bundle.ts'
import type { RunImages } from './run-images.ts'
import type { RunOperators } from './run-operators.ts'

/** A run that has begun, or goes on: everything its steps share. */
export interface OpenRun {
  readonly runId: string
  /** Random: part of the tokens of all its attempts. */
  readonly salt: string
  readonly pipeline: string
  readonly operators: RunOperators
  readonly store: ArtifactStore
  readonly journal: Journal
  /** Writes to the journal while this launcher owns the run. */
  readonly writer: RunWriter
  /** This process's ownership of the run. */
  readonly launcher: Launcher
  /** By step run: the last attempt that was tried before an earlier end of the run. */
  readonly spent: ReadonlyMap<string, number>
  /** What was decided under this launcher. */
  readonly decided: DecidedAttempts
  /** Step runs that were called under this launcher, and not kept: whoever called them sees to their attempts. */
  readonly called: Set<string>
  readonly code: KnownCode
  /** The records of a step's attempts. */
  readonly attempts: (about: AttemptAbout) => LaunchJournal
  /** Of the project's own state. */
  readonly home: string
  /** Folder of the project's package.json. */
  readonly projectFolder: string
  readonly bundle: RunBundle
  readonly images: RunImages
  readonly events: EventStream
  /** Aborts when the steps are to stop. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: () => number
}

/** The number of a step run's first attempt that counts: those before were spent when the run ended earlier. */
export function firstAttemptOf(stepRunId: string, { spent }: Pick<OpenRun, 'spent'>): number {
  return 1 + (spent.get(stepRunId) ?? 0)
}
