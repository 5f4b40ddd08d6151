import { configError, SidestepError } from '../errors.ts'
import { isTerminal, type Observation } from '../operator/phases.ts'
import { formatDuration } from '../units.ts'
import { backoffMs } from '../watch/backoff.ts'
import { jobLabel, operatorLabel, type KnownJob } from './job-summary.ts'
import { observeJobs } from './observe-jobs.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'

/** How long a provider may give no answer before nobody waits for it any more, in milliseconds. */
export const NO_ANSWER_MS = 120_000

export interface WaitOptions {
  readonly signal?: AbortSignal
  /** Told why it takes longer, a line at a time. */
  readonly onEvent?: (text: string) => void
}

/** Whether its provider says that a job is over, or not there any more. */
export function hasJobEnded({ phase, gone }: Observation): boolean {
  return isTerminal(phase) || gone === true
}

/**
 * Looks at a job until it has ended. Rejects with `JOB_FAILED` where its provider has given no answer about it for two
 * minutes, or where it goes on for longer than `longestMs`.
 */
export async function untilJobEnded(
  job: KnownJob,
  { clock, random }: Pick<RunsPlace, 'clock' | 'random'>,
  { signal, onEvent, longestMs = Number.POSITIVE_INFINITY }: WaitOptions & { readonly longestMs?: number } = {},
): Promise<Observation> {
  const service = job.operator === undefined ? undefined : serviceOf(job.operator)
  if (service === undefined || job.handle === undefined) throw unreachable(job)
  const { min, max } = service.pollIntervalMs
  const call = signal === undefined ? {} : { signal }
  const silence = new ProviderSilence(job, { clock, ...(onEvent && { onEvent }) })
  const begun = clock.now()
  for (let looks = 0; ; looks += 1) {
    const [observed] = await observeJobs([job], call)
    const observation = observed?.observation
    if (observation === undefined) silence.note(observed?.job.problem ?? 'it says nothing of this job')
    else {
      if (hasJobEnded(observation)) return observation
      silence.end()
      if (clock.now() - begun >= longestMs) throw goesOn(job, observation, longestMs)
    }
    await clock.sleep(backoffMs(looks, { firstMs: min, longestMs: max, random }), call)
  }
}

/** How long a provider has given no answer about a job. */
export class ProviderSilence {
  readonly #job: KnownJob
  readonly #clock: RunsPlace['clock']
  readonly #onEvent: (text: string) => void
  #since: number
  #told: string | undefined

  constructor(job: KnownJob, { clock, onEvent = () => undefined }: Pick<RunsPlace, 'clock'> & WaitOptions) {
    this.#job = job
    this.#clock = clock
    this.#onEvent = onEvent
    this.#since = clock.now()
  }

  /** There was an answer. */
  end(): void {
    this.#since = this.#clock.now()
    this.#told = undefined
  }

  /** There was none: tells why, once, and throws `JOB_FAILED` where that has lasted too long. */
  note(problem: string, cause?: unknown): void {
    if (this.#clock.now() - this.#since >= NO_ANSWER_MS) {
      throw new SidestepError(
        `${operatorOf(this.#job)} has given no answer about the ${jobLabel(this.#job)} for ${formatDuration(NO_ANSWER_MS)}: ${problem}`,
        {
          code: 'JOB_FAILED',
          kind: 'infra',
          hint: 'The job may still run. See whether its provider can be reached from here, and the credentials are valid, then try again.',
          ...(cause === undefined ? {} : { cause }),
        },
      )
    }
    if (problem === this.#told) return
    this.#told = problem
    this.#onEvent(`${operatorOf(this.#job)} gives no answer about the ${jobLabel(this.#job)}: ${problem}`)
  }
}

/** The error of a job that only its launcher can reach. */
export function unreachable(job: KnownJob): SidestepError {
  const { id, operatorName, flavor, problem, operator } = job
  if (operator === undefined) {
    return configError('JOB_FAILED', `the job ${id} cannot be reached: ${problem ?? 'its operator is not known'}`)
  }
  return configError(
    'JOB_FAILED',
    `the job ${id} cannot be reached: nobody but its launcher can reach a job of the step operator ${operatorLabel(operatorName, flavor)}`,
    'Cancel its run: `sidestep runs cancel`.',
  )
}

function goesOn(job: KnownJob, { phase, providerState }: Observation, longestMs: number): SidestepError {
  const state = providerState === undefined ? phase : `${phase} (${providerState})`
  return new SidestepError(
    `the ${jobLabel(job)} has not ended ${formatDuration(longestMs)} after its cancel: ${operatorOf(job)} says ${state}`,
    {
      code: 'JOB_FAILED',
      kind: 'infra',
      hint: 'It was asked to end, and may still do so: `sidestep jobs list` shows it until then. Else end it by the means of its provider.',
    },
  )
}

function operatorOf({ operatorName, flavor }: KnownJob): string {
  return `the step operator ${operatorLabel(operatorName, flavor)}`
}
