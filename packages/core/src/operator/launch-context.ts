import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { ContainerRegistry } from '../image/container-registry.ts'
import type { AttemptRecord } from '../journal/attempt-record.ts'
import type { Observation } from './phases.ts'

/** What an operator reports while it launches; shown to the user and kept with the run. */
export type LaunchReport =
  | { readonly type: 'observed'; readonly observation: Observation }
  | { readonly type: 'handle'; readonly handle: object; readonly consoleUrl?: string }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'warning'; readonly message: string }

/** What core hands to an operator's `launch()`. */
export interface LaunchContext {
  /** Aborts when the step is to stop; its reason says why. */
  readonly signal: AbortSignal
  /** Of the job: the step's own variables, `SIDESTEP_*`, and the secrets that the launcher hands on. */
  readonly environment: Readonly<Record<string, string>>
  /** The secrets among `environment`: never to be written anywhere, a provider's request included. */
  readonly secrets: Readonly<Record<string, string>>
  /** Stands for this attempt everywhere; what names of jobs are made of. 32 lower-case hex characters. */
  readonly token: string
  /**
   * Where a job has taken this attempt and nobody knows which: its nonce. The job is looked for, and none is created.
   */
  readonly ownerNonce?: string
  /** Of the journal that began the run: a label for the job. */
  readonly journalId: string
  /** Of the stack that the run is on. */
  readonly artifactStore: ArtifactStore
  /** Of the same stack, loaded when it is asked for: its `login()` is for operators that pull images themselves. Absent: there is none. */
  readonly containerRegistry?: () => Promise<ContainerRegistry<any>>
  /** What is no {@link LaunchReport} is shown as it is. */
  report(event: LaunchReport): void
  /** Anything else that a user should see. */
  report(event: object): void
  /** Puts the bundle (as `step.mjs`) and the step's requirements (as `node_modules`) into a folder. */
  prepareEnvironment(folder: string): Promise<void>
  /** The durable record of this attempt. */
  readonly attempt: AttemptRecord
}
