import type { Clock } from '../ground/clock.ts'
import { History } from '../ground/history.ts'
import { jobNotFound } from './sagemaker-errors.ts'
import type { TrainingJob } from './training-job.ts'

/** All training jobs of a simulated account, by region and name, with what they were a while ago for lists that lag behind. */
export class TrainingJobs {
  readonly #clock: Clock
  readonly #jobs: History<TrainingJob>

  constructor({ clock, listDelayMs }: { readonly clock: Clock; readonly listDelayMs: number }) {
    this.#clock = clock
    this.#jobs = new History({ clock, listDelayMs })
  }

  /** `undefined`: there is none. */
  find(region: string, name: string): TrainingJob | undefined {
    return this.#jobs.get(keyOf(region, name))
  }

  /** Throws what the service answers where there is none. */
  get(region: string, name: string): TrainingJob {
    const job = this.find(region, name)
    if (job === undefined) throw jobNotFound()
    return job
  }

  /** Adds it, or replaces the one of this name. */
  put(job: TrainingJob): void {
    this.#jobs.set(keyOf(job.region, job.name), job)
  }

  /** Changes a job, and when it was modified. Throws where there is none. */
  change(region: string, name: string, change: (job: TrainingJob) => Partial<TrainingJob>): TrainingJob {
    const job = this.get(region, name)
    const changed = { ...job, ...change(job), modifiedAt: this.#clock.now() }
    this.put(changed)
    return changed
  }

  /** The name is free afterwards. */
  remove(region: string, name: string): void {
    this.#jobs.set(keyOf(region, name), undefined)
  }

  /** Those of a region as a list shows them, by name. */
  list(region: string, staleMs: number = 0): readonly TrainingJob[] {
    return this.#jobs.list(keyOf(region, ''), { staleMs })
  }
}

function keyOf(region: string, name: string): string {
  return `${region}/${name}`
}
