/** Who pulls an image, with each request to its registry (HTTP Basic). */
export interface RegistryLogin {
  readonly username: string
  readonly password: string
}

/** What a simulated provider has to run: the same whatever the provider calls it. */
export interface JobToRun {
  /** Names the job in folders, containers and logs: letters, digits, `-`. At most 128. */
  readonly name: string
  /** `host/repository@sha256:…`. */
  readonly image: string
  /** Default: nobody in particular pulls it. */
  readonly login?: RegistryLogin
  /** Instead of the image's entrypoint and command; empty: those of the image. */
  readonly command: readonly string[]
  /** Where `command` is empty: behind the image's entrypoint, instead of its command. Default: its command. */
  readonly words?: readonly string[]
  /** Beside those of the image. */
  readonly environment: Readonly<Record<string, string>>
  /**
   * Folders of this machine by where the job sees them: `/opt/ml`. None lies in another. They are there, and writable: in a container
   * for the user of the image, whose files in them are that user's.
   */
  readonly folders: Readonly<Record<string, string>>
  /** In bytes. Default: no limit. A process has none. */
  readonly memoryBytes?: number
  /** Cores; those that the machine does not have are left out. Default: no limit. A process has none. */
  readonly cpus?: number
  /** Between SIGTERM and SIGKILL of a stop, in milliseconds of real time. */
  readonly graceMs: number
  /**
   * Each line of its output, as it comes, without its end: the last one need not have any. Bytes that are no UTF-8 are replaced. It must
   * not throw.
   */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
}

/** How a job ended. */
export interface JobEnd {
  /** Where a signal ended it: 128 and its number, as engines say it. `null`: it never began, or nobody saw its end. */
  readonly exitCode: number | null
  /** `SIGKILL`, where it is known that one ended it: of a container's own engines do not tell. */
  readonly signal?: NodeJS.Signals
  /** Killed for its memory. */
  readonly outOfMemory: boolean
  /** Why it never began, where that is so: the image cannot be had, there is no such command, it was stopped before. */
  readonly startError?: string
  /** Why something of it is not known, where the engine was away: its end, if `exitCode` is `null`, else some of its lines. */
  readonly lostError?: string
}

/** A job that runs, or is about to. */
export interface RunningJob {
  /** Resolves once its command runs: true; false where it never does. Before that, the image is got. Never rejects. */
  readonly begun: Promise<boolean>
  /** Resolves once nothing of it runs any more, and all of its lines were told; never rejects. */
  readonly ended: Promise<JobEnd>
  /**
   * SIGTERM to the first process, after `graceMs` SIGKILL to all. As everywhere, the first process of a container does not hear SIGTERM
   * unless it listens for it. A job that has not begun never does. Resolves at the end; rejects where the engine gives no answer.
   */
  stop(): Promise<void>
  /** SIGKILL at once, as a machine that is taken away. Resolves at the end; rejects where the engine gives no answer. */
  kill(): Promise<void>
}

/** Runs jobs, as containers or as processes. */
export interface JobRunner {
  /** What it says of itself at the start: `jobs run in containers of Docker 20.10`. */
  readonly description: string
  /** Which of the two it is. */
  readonly kind: 'container' | 'process'
  /**
   * Starts a job; the image is got meanwhile. Throws a `RangeError` for what cannot be, and an `Error` where the runner is closed: then
   * nothing was started.
   */
  run(job: JobToRun): RunningJob
  /** Ends all that run, and removes what they left. Rejects with what could not be removed. */
  close(): Promise<void>
}
