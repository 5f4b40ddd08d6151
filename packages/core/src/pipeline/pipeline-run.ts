import type { ImportModule } from '../flavor/load-source.ts'
import type { StopCause } from '../launch/stop-request.ts'
import type { Stack } from '../stack/stack.ts'
import type { RunEvent } from './run-events.ts'

/** Where and as what a run takes place. */
export interface RunOptions {
  /** Absent: the active stack of the project, else the stack `default`, everything on this machine. */
  readonly stack?: Stack
  /** 1 to 63 lower-case letters, digits and hyphens: that run is started, or goes on. Absent: a new one. */
  readonly runId?: string
  /** Aborting it stops the run, by the steps' `cancel.onAbort`. */
  readonly signal?: AbortSignal
  /** Path or file URL of the file that defines the pipeline, where neither the pipeline nor its call tells. */
  readonly module?: string
  /** Files or file URLs from which packages of Sidestep are looked for last. */
  readonly packagesFrom?: readonly string[]
  /** Imports the modules of flavors that sidestep.yaml or the run's record names. Default: as Node does. */
  readonly importModule?: ImportModule
}

/** How a run goes on. Its stack is the one that it began with, unless another one of the same store is given. */
export interface ResumeOptions extends Omit<RunOptions, 'runId'> {
  /** Goes on although the code has changed: what is finished and what runs is kept, the rest runs with the new code. */
  readonly withCurrentCode?: boolean
  /** Also where the run's launcher cannot be seen to be gone: it gave no sign for a minute. */
  readonly takeOver?: boolean
}

/** One execution of a pipeline. */
export interface PipelineRun<R> {
  /** By which it is found again, and resumed. */
  readonly id: string
  /**
   * Everything that happens, from the beginning; log lines only from now on, and of a running job whose log nobody has
   * read yet. A reader that is slow holds up the log, not the step; one that does not read, or stops without leaving its
   * loop, loses log lines.
   */
  events(): AsyncIterable<RunEvent>
  /** Stops the run, and resolves when no job of it is live any more, or was left running on purpose. */
  cancel(cause?: Extract<StopCause, 'abort' | 'signal'>): Promise<void>
  /** What the pipeline returned, with values in the place of references. Rejects with what it threw. */
  result(): Promise<R>
}
