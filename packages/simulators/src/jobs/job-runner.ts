/** What a simulated provider has to run: the same whatever the provider calls it. */
export interface JobToRun {
  /** Names the job in folders, containers and logs: letters, digits, `-`. */
  readonly name: string
  /** `host/repository@sha256:…`. */
  readonly image: string
  /** Instead of the image's entrypoint and command; empty: those of the image. */
  readonly command: readonly string[]
  /** Beside those of the image. */
  readonly environment: Readonly<Record<string, string>>
  /** Folders of this machine by where the job sees them: `/opt/ml`. They are there, and writable. */
  readonly folders: Readonly<Record<string, string>>
  /** In bytes. Default: no limit. */
  readonly memoryBytes?: number
  /** Cores. Default: no limit. */
  readonly cpus?: number
  /** Between SIGTERM and SIGKILL of a stop, in milliseconds of real time. */
  readonly graceMs: number
  /** Each line of its output, as it comes, without its end. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
}

/** How a job ended. */
export interface JobEnd {
  /** `null`: a signal ended it. */
  readonly exitCode: number | null
  /** `SIGKILL`. */
  readonly signal?: string
  /** Killed for its memory. */
  readonly outOfMemory: boolean
  /** Why it never began, where that is so: the image cannot be had. */
  readonly startError?: string
}

/** A job that runs. */
export interface RunningJob {
  /** Resolves once nothing of it runs any more; never rejects. */
  readonly ended: Promise<JobEnd>
  /** SIGTERM, after `graceMs` SIGKILL. */
  stop(): Promise<void>
  /** SIGKILL at once, as a machine that is taken away. */
  kill(): Promise<void>
}

/** Runs jobs, as containers or as processes. */
export interface JobRunner {
  /** What it says of itself at the start: `jobs run in containers of Docker 20.10`. */
  readonly description: string
  readonly kind: 'container' | 'process'
  /** Rejects only where nothing was started. */
  run(job: JobToRun): Promise<RunningJob>
  /** Ends all that run. */
  close(): Promise<void>
}

/**
 * A runner for this machine. `container` where an engine answers (an image by its digest is pulled and run); `process` else: the
 * command runs as a process of this machine, with only the layers unpacked that Sidestep itself appended, and fixed folders mapped
 * through `SIDESTEP_FS_ROOT`.
 */
export async function jobRunner(_options: {
  /** Below it are the folders of jobs. */
  readonly folder: string
  /** Default: `container` where an engine answers. Rejects where that is asked for and none answers. */
  readonly kind?: 'container' | 'process'
}): Promise<JobRunner> {
  throw new Error('not there yet')
}
