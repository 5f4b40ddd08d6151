import type { JobEnd } from '../jobs/job.ts'
import type { Clock } from './clock.ts'
import type { JobFaultKind } from './faults.ts'

/** A job as a simulator ran it, or would have. Times are of the simulator's clock, in milliseconds since 1970. */
export interface Job {
  /** `sagemaker`. */
  readonly service: string
  /** As the provider's API names it. */
  readonly name: string
  /** As it was asked for. */
  readonly image: string
  /** As it was asked for; empty: that of the image. */
  readonly command: readonly string[]
  /** When its create was answered. */
  readonly queuedAt: number
  /** When its command first ran. Absent: it has not, yet or for ever. */
  readonly begunAt?: number
  /** How often its command began: more than once after an interruption. */
  readonly attempts: number
  /** When nothing of it ran any more. Absent: it has not ended. */
  readonly endedAt?: number
  /** How its last attempt ended. Absent: it has not. */
  readonly end?: JobEnd
  /** The kinds of the faults that it met. */
  readonly faults: readonly JobFaultKind[]
}

/** What a service says of a job as it takes it in. */
export type NewJob = Pick<Job, 'service' | 'name' | 'image' | 'command'>

/** How a service writes down what becomes of a job. */
export interface JobEntry {
  /** Its command runs. For each attempt once. */
  begun(): void
  /** Nothing of it runs any more, and nothing will. Once: throws the second time. */
  ended(end: JobEnd): void
  /** A fault acted on it. */
  met(kind: JobFaultKind): void
}

type OpenJob = { -readonly [K in keyof Job]: Job[K] } & { faults: JobFaultKind[] }

/** The jobs of a simulator, in the order they came. */
export class JobLog {
  readonly #clock: Clock
  readonly #jobs: OpenJob[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get jobs(): readonly Job[] {
    return this.#jobs
  }

  /** Forgets the jobs until now. Those that go on are not seen again. */
  clear(): void {
    this.#jobs.length = 0
  }

  /** Takes in a job, as its create is answered. */
  add({ service, name, image, command }: NewJob): JobEntry {
    const job: OpenJob = { service, name, image, command, queuedAt: this.#clock.now(), attempts: 0, faults: [] }
    this.#jobs.push(job)
    return {
      begun: () => {
        job.begunAt ??= this.#clock.now()
        job.attempts += 1
      },
      ended: (end) => {
        if (job.end !== undefined) throw new Error(`the job ${job.name} ended twice`)
        job.endedAt = this.#clock.now()
        job.end = end
      },
      met: (kind) => void job.faults.push(kind),
    }
  }
}
