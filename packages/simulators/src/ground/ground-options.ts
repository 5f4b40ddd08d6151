import type { JobRunnerOptions } from '../jobs/job-runner.ts'
import type { Clock } from './clock.ts'
import { checkKeys } from './known-keys.ts'
import type { CallRate } from './token-bucket.ts'

/** How a simulator is started. */
export interface GroundOptions {
  /** Default: any free one, on 127.0.0.1. */
  readonly port?: number
  /** Default: the machine's. A `ManualClock` of a test, or a `ScaledClock` for real processes. */
  readonly clock?: Clock
  /** What faults with a probability are decided by. Default: a new one, which `seed` of the simulator says. */
  readonly seed?: string
  /**
   * Rates by `<service>.<operation>`, beside those that the provider documents and instead of them; `<service>.*`: of all others together.
   * `false`: calls are not counted at all.
   */
  readonly rates?: Readonly<Record<string, CallRate>> | false
  /** How long after a change lists still show what was before, in milliseconds. Default: 0, they show all at once. */
  readonly listDelayMs?: number
  /**
   * Where objects lie, and what jobs leave. Default: a temporary folder that goes with the simulator; of one that
   * was killed, with the next. Of a given one, the objects go.
   */
  readonly folder?: string
  /**
   * What jobs run as. Default: containers, where an engine answers whose containers reach 127.0.0.1 of this machine; else processes.
   * Where containers are asked for and there is no such engine, the first job fails.
   */
  readonly jobs?: NonNullable<JobRunnerOptions['kind']>
  /** What the phases of a job take around its own work. Default: some milliseconds each, so that tests are quick. */
  readonly jobDelays?: Partial<JobDelays>
  /** How long after a job printed a line its log shows it, in milliseconds. Default: 0. */
  readonly logDelayMs?: number
}

/** What the phases of a job take around its own work, in milliseconds of the simulator's clock. In the clouds it is minutes. */
export interface JobDelays {
  /** Until the provider looks for machines. */
  readonly startMs: number
  /** Until it has them. */
  readonly provisionMs: number
  /** Until they are ready, beside what inputs and the image take. */
  readonly prepareMs: number
  /** From the end of the work to the end of the job, beside what outputs take. */
  readonly finishMs: number
  /** Until there are machines again where they were taken away. */
  readonly interruptedMs: number
}

/** Together a tenth of a second. */
const JOB_DELAYS: JobDelays = { startMs: 20, provisionMs: 30, prepareMs: 30, finishMs: 20, interruptedMs: 50 }

const OPTIONS: Readonly<Record<keyof GroundOptions, true>> = {
  port: true,
  clock: true,
  seed: true,
  rates: true,
  listDelayMs: true,
  folder: true,
  jobs: true,
  jobDelays: true,
  logDelayMs: true,
}

/** The delays that are meant. Throws a `RangeError` for what cannot be. */
export function checkOptions(options: GroundOptions): JobDelays {
  checkKeys(options, Object.keys(OPTIONS), 'a simulator')
  const jobDelays = { ...JOB_DELAYS, ...options.jobDelays }
  checkKeys(jobDelays, Object.keys(JOB_DELAYS), 'jobDelays')
  for (const [name, delay] of Object.entries({ ...jobDelays, logDelayMs: options.logDelayMs ?? 0 })) {
    if (!(delay >= 0 && Number.isFinite(delay))) throw new RangeError(`${name} cannot be ${delay} milliseconds`)
  }
  return jobDelays
}
