import type { LogStore } from '../cloudwatch-logs/log-store.ts'
import type { Clock } from '../ground/clock.ts'
import type { JobRecord } from './job-record.ts'
import type { Host } from './ml-folder.ts'

/** Where the logs of all training jobs are. */
export const LOG_GROUP = '/aws/sagemaker/TrainingJobs'
/** With a gap, one line of so many never arrives. */
const GAP_EVERY = 3

/** What a job works with. */
export interface JobOutputOptions {
  readonly logs: LogStore
  readonly clock: Clock
  /** With it, some lines never arrive, and each time it is told. */
  readonly onGap?: (() => void) | undefined
}

/** What a job prints: a stream for each machine, a new one for each time that it begins. */
export class JobOutput {
  readonly #record: JobRecord
  readonly #options: JobOutputOptions
  #lastEpoch = 0
  #lines = 0

  constructor(record: JobRecord, options: JobOutputOptions) {
    this.#record = record
    this.#options = options
  }

  /** For what the containers print that begin now: into `<job>/algo-1-<seconds since 1970>`. */
  begin(): (host: Host, line: string) => void {
    const { logs, clock, onGap } = this.#options
    const { region, name } = this.#record
    this.#lastEpoch = Math.max(Math.floor(clock.now() / 1000), this.#lastEpoch + 1)
    const epoch = this.#lastEpoch
    return (host, line) => {
      this.#lines += 1
      if (onGap !== undefined && this.#lines % GAP_EVERY === 0) onGap()
      else logs.append(region, LOG_GROUP, `${name}/${host.name}-${epoch}`, line)
    }
  }
}
