import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { FailedRank } from '../artifact/manifest.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import type { JobSpec } from './job-spec.ts'
import type { ExitVerdict } from './judge-exit.ts'
import type { LogWriter } from './log-writer.ts'
import type { Stop } from './stop.ts'

/** What running a step's body needs, be it a function or a command. */
export interface BodyOptions {
  readonly spec: JobSpec
  /** Of the spec. */
  readonly uri: string
  readonly store: ArtifactStore
  readonly incarnation: number
  /** Of the child that runs user code. */
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly logs: LogWriter
  readonly stop: Stop
  readonly rank: number
  readonly size: number
}

export interface BodyOutcome {
  /** Of the process that ran user code. */
  readonly pid: number
  /** Present where the step succeeded. */
  readonly outputs?: Readonly<Record<string, StoredValue>>
  readonly failure?: ExitVerdict
  /** Where the failure is that of another machine. */
  readonly failedRank?: FailedRank
}
