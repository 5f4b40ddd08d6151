import type { Clock } from '../ground/clock.ts'
import type { SecondaryStatus, TrainingJob, TrainingJobStatus } from './training-job.ts'
import type { TrainingJobs } from './training-jobs.ts'

/** What the phases are told as; https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SecondaryStatusTransition.html. */
const MESSAGES: Readonly<Record<SecondaryStatus, string>> = {
  Starting: 'Starting the training job',
  Pending: 'Training job waiting for capacity',
  Downloading: 'Downloading input data',
  Training: 'Training image download completed. Training in progress.',
  Uploading: 'Uploading generated training model',
  Interrupted: 'The training job was interrupted: its managed spot instances were reclaimed',
  Stopping: 'Stopping the training job',
  Stopped: 'Training job stopped',
  MaxRuntimeExceeded: 'Training job runtime exceeded MaxRuntimeInSeconds provided',
  MaxWaitTimeExceeded: 'Training job stopped because it exceeded MaxWaitTimeInSeconds provided',
  Completed: 'Training job completed',
  Failed: 'Training job failed',
}

const STATUSES: Readonly<Partial<Record<SecondaryStatus, TrainingJobStatus>>> = {
  Stopping: 'Stopping',
  Stopped: 'Stopped',
  MaxRuntimeExceeded: 'Stopped',
  MaxWaitTimeExceeded: 'Stopped',
  Completed: 'Completed',
  Failed: 'Failed',
}

/** The phase that a job begins with. Pure. */
export function firstPhase(now: number): Pick<TrainingJob, 'status' | 'secondaryStatus' | 'transitions'> {
  return {
    status: 'InProgress',
    secondaryStatus: 'Starting',
    transitions: [{ status: 'Starting', startedAt: now, message: MESSAGES.Starting }],
  }
}

/** A job's own entry among all, as its life goes on. */
export class JobRecord {
  readonly region: string
  readonly name: string
  readonly #jobs: TrainingJobs
  readonly #clock: Clock

  constructor(job: TrainingJob, jobs: TrainingJobs, clock: Clock) {
    this.region = job.region
    this.name = job.name
    this.#jobs = jobs
    this.#clock = clock
  }

  /** As it is now. */
  get job(): TrainingJob {
    return this.#jobs.get(this.region, this.name)
  }

  /** Changes it. */
  change(change: Partial<TrainingJob>): void {
    this.#jobs.change(this.region, this.name, () => change)
  }

  /** Enters a phase; where it is in it already, only the message is another. A job that stops goes on to stop in every phase but the last. */
  enter(phase: SecondaryStatus, message: string = MESSAGES[phase], change: Partial<TrainingJob> = {}): void {
    const now = this.#clock.now()
    this.#jobs.change(this.region, this.name, ({ status, secondaryStatus, transitions }) => {
      const last = transitions.at(-1)
      const isSame = secondaryStatus === phase && last !== undefined
      const before = isSame
        ? transitions.slice(0, -1)
        : transitions.map((one) => (one === last ? { ...one, endedAt: now } : one))
      const next = STATUSES[phase] ?? (status === 'Stopping' ? 'Stopping' : 'InProgress')
      const isEnd = next !== 'InProgress' && next !== 'Stopping'
      const own = {
        ...(isSame ? last : { status: phase, startedAt: now }),
        message,
        ...(isEnd ? { endedAt: now } : {}),
      }
      return { ...change, status: next, secondaryStatus: phase, transitions: [...before, own] }
    })
  }
}
