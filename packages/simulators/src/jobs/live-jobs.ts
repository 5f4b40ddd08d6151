import type { JobEnd, RunningJob } from './job.ts'
import { LiveJob, type JobControl } from './live-job.ts'

/** The jobs of a runner that have not ended. */
export class LiveJobs {
  readonly #jobs = new Set<LiveJob>()
  #isClosed = false

  /** Throws where it is closed. See {@link LiveJob}. */
  add(graceMs: number, live: (control: JobControl) => Promise<JobEnd>): RunningJob {
    if (this.#isClosed) throw new Error('no job can be started: the simulator was closed')
    const job = new LiveJob(graceMs, live)
    this.#jobs.add(job)
    void job.ended.then(() => this.#jobs.delete(job))
    return job
  }

  /** Kills all, and waits for their ends. Rejects where one cannot be killed. */
  async close(): Promise<void> {
    this.#isClosed = true
    const kills = await Promise.allSettled([...this.#jobs].map(async (job) => job.kill()))
    const failed = kills.find((kill) => kill.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}
