import type { Clock } from '../clock.ts'
import type { ImportModule } from '../flavor/load-source.ts'
import type { RunEvent } from '../pipeline/run-events.ts'
import type { RunLogLine } from './attempt-log.ts'
import type { CancelJobOptions } from './cancel-job.ts'
import type { CancelRunOptions } from './cancel-run.ts'
import type { JobSummary } from './job-summary.ts'
import type { RunDetails } from './run-details.ts'
import type { FollowLogOptions, FollowOptions, LogOptions } from './run-feed.ts'
import type { RunSummary } from './run-summary.ts'

/** Whose runs to open. */
export interface OpenRunsOptions {
  /** Where the project is looked for. Default: the working directory. */
  readonly cwd?: string
  /** Files or file URLs from which packages of Sidestep are looked for last. */
  readonly packagesFrom?: readonly string[]
  /** Imports the modules of the flavors of recorded stacks. Default: as Node does. */
  readonly importModule?: ImportModule
  /** Takes a line for people where a run's artifact store gives no answer for 5 seconds. Absent: nobody listens. */
  readonly onSilence?: (line: string) => void
  /** Default: the system's. */
  readonly clock?: Clock
}

/** Which runs to list: all conditions given must hold. */
export interface RunFilter {
  /** Name of the pipeline. */
  readonly pipeline?: string
  /** Only runs that have not ended. Default: all. */
  readonly unfinished?: boolean
  /** At most so many, the newest. Default: all. */
  readonly limit?: number
}

/** Which jobs to list: all conditions given must hold. */
export interface JobFilter {
  /** Only jobs that nobody looks after: their run has no live launcher, and they give no sign of life. */
  readonly orphans?: boolean
  /** A whole id. */
  readonly runId?: string
  /** Ends the asking of providers. */
  readonly signal?: AbortSignal
  /**
   * Told where the orphans of an operator cannot be looked for, because that cannot be made again or gives no answer.
   * Absent: it is an error.
   */
  readonly onProblem?: (text: string) => void
}

/**
 * The runs and jobs that the journal of a project knows, from outside: whoever led them. A `runId` is a whole id, as
 * `find` gives it; all that takes one rejects with `RUN_UNKNOWN`. Where the project has no journal yet, there are no runs,
 * and looking for them makes none. Dispose of it when it is used no more.
 */
export interface Runs extends AsyncDisposable {
  /** Folder of the project's own state. */
  readonly home: string
  /** Newest first. Stores are asked only about launchers of runs that have not ended; one that is silent hides none. */
  list(filter?: RunFilter): Promise<readonly RunSummary[]>
  /** By id, by what only one id begins with, or `last`. Rejects with `RUN_UNKNOWN`. */
  find(idOrPrefix: string): Promise<RunSummary>
  /** A run with its steps, attempts and artifacts. */
  details(runId: string): Promise<RunDetails>
  /** What happened, oldest first. Followed: on until the run has ended or its launcher is gone, with new log lines. */
  events(runId: string, options?: FollowOptions): AsyncIterable<RunEvent>
  /** Log lines of the run's jobs. Steps that ran in their launcher's process have none. Rejects with `STEP_UNKNOWN`. */
  logs(runId: string, options?: LogOptions): AsyncIterable<RunLogLine>
  /** Takes a run of another machine, or another home, into this journal: `<uri of its store>/runs/<its id>`. */
  attach(uri: string): Promise<RunSummary>
  /**
   * Ends a run with all its jobs. Where its launcher lives, that is asked; where it is gone, it is done here. Rejects
   * with `RUN_OWNED` where the launcher is silent, and with `JOB_FAILED` where a job could not be ended.
   */
  cancel(runId: string, options?: CancelRunOptions): Promise<RunSummary>
  /** Jobs that have not ended, as their providers see them now; with a `problem` where a provider could not be asked. */
  jobs(filter?: JobFilter): Promise<readonly JobSummary[]>
  /** By id, or what only one id begins with. Rejects with `JOB_UNKNOWN`. */
  jobLogs(jobId: string, options?: FollowLogOptions): AsyncIterable<RunLogLine>
  /**
   * Stops a job and waits for its end. Rejects with `JOB_UNKNOWN`, or `JOB_FAILED` where it cannot be asked, gives no
   * answer for two minutes, or goes on five minutes after it was asked to end.
   */
  cancelJob(jobId: string, options?: CancelJobOptions): Promise<JobSummary>
  /**
   * Stops one of `jobs({ orphans: true })` like `cancelJob`, where it still is nobody's just before. Rejects with
   * `RUN_OWNED` where it is not.
   */
  reapJob(orphan: JobSummary, options?: CancelJobOptions): Promise<JobSummary>
}
