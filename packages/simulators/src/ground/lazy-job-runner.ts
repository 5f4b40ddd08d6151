import type { JobRunner } from '../jobs/job.ts'

/** A runner of jobs that starts when it is first asked for: most simulators never run one. */
export class LazyJobRunner {
  readonly #start: () => Promise<JobRunner>
  #runner: Promise<JobRunner> | undefined
  #isClosed = false

  /** `start` is called once at most. */
  constructor(start: () => Promise<JobRunner>) {
    this.#start = start
  }

  /** The same for everybody. Rejects where it cannot be started, and once this is closed. */
  async get(): Promise<JobRunner> {
    if (this.#isClosed) throw new Error('no job can be started: the simulator was closed')
    this.#runner ??= this.#start()
    return this.#runner
  }

  /** Ends its jobs, if it was ever asked for. Rejects with what could not be removed. */
  async close(): Promise<void> {
    this.#isClosed = true
    // Whoever asked for one that could not be started was told why.
    const [started] = await Promise.allSettled([this.#runner])
    if (started.status === 'fulfilled') await started.value?.close()
  }
}
