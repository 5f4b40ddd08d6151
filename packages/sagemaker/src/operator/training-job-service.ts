import {
  isTerminal,
  SidestepError,
  systemClock,
  type CallOptions,
  type Clock,
  type FactsOptions,
  type FoundJob,
  type JobLabels,
  type JobQuery,
  type JobService,
  type JobToPrepare,
  type Observation,
  type ProviderLogPage,
  type StepRunInfo,
  type SubmitOptions,
} from '@sidestep/core'

import { parseArn } from '../aws/arn.ts'
import type { ResolvedSagemakerConfig, ResolvedSagemakerSettings } from '../config/resolved-config.ts'
import { AskedStops } from './asked-stops.ts'
import { budgetOf, type CallBudget } from './call-budget.ts'
import { createInput } from './create-input.ts'
import { findJobs } from './find-jobs.ts'
import { marksOf } from './job-marks.ts'
import type { JobWatch } from './job-watch.ts'
import { UNSEEN_MS } from './known-job.ts'
import { prepareRequest, type SagemakerRequest } from './request.ts'
import { handleOf, type SagemakerHandle } from './sagemaker-handle.ts'
import { newWatch, watchOf } from './shared-watch.ts'
import type { TrainingJob } from './training-job.ts'
import { TrainingJobs } from './training-jobs.ts'
import { TrainingLogs } from './training-logs.ts'
import { isOver } from './training-states.ts'

/** The first look after a create, in milliseconds; less where looks are wanted more often. */
const FIRST_LOOK_MS = 1_000
/** Between two looks for a job that has to be there, in milliseconds: they become rarer. */
const LONGEST_LOOK_AGAIN_MS = 10_000
/** Stops that are asked for again while jobs are looked at, and how long that may take, in milliseconds. */
const MOST_STOPS_AGAIN = 5
const LONGEST_STOPS_AGAIN_MS = 5_000
/** A create is throttled now and then, and is tried again within this time, in milliseconds. */
const CREATE_TIMEOUT_MS = 2 * 60_000
/** After the end of a job, its last lines may still be on their way to CloudWatch, in milliseconds. */
const LATE_LINES_MS = 3_000
const LATE_LOOK_MS = 500

/** What a service waits by. */
export interface TrainingJobServiceOptions {
  /** Default: the system's. */
  readonly clock?: Clock | undefined
  /** Default: the one of all that call AWS in the account and region, which then also share what they see of jobs. */
  readonly budget?: CallBudget
}

/** Jobs that are training jobs of one account and region. What is known of them is in SageMaker, so any launcher goes on. */
export class TrainingJobService implements JobService<ResolvedSagemakerSettings, SagemakerRequest, SagemakerHandle> {
  readonly scope: string
  readonly pollIntervalMs: { readonly min: number; readonly max: number }
  readonly createTimeoutMs: number = CREATE_TIMEOUT_MS
  /** The calls of SageMaker. */
  readonly jobs: TrainingJobs
  readonly #config: ResolvedSagemakerConfig
  readonly #clock: Clock
  readonly #watch: JobWatch
  readonly #logs: TrainingLogs
  /** Tokens of jobs that may be created now. */
  readonly #turns: Set<string> = new Set()
  readonly #stops: AskedStops = new AskedStops()
  /** When the end of a job was seen, by this process's clock. */
  readonly #endedAtMs: Map<string, number> = new Map()

  constructor(config: ResolvedSagemakerConfig, { clock = systemClock, budget: given }: TrainingJobServiceOptions = {}) {
    const { region, role, pollIntervalMs: most } = config
    const account = parseArn(role)?.account ?? ''
    const budget = given ?? budgetOf({ account, region, endpoint: config.endpoint, clock })
    this.#config = config
    this.#clock = clock
    this.scope = `aws ${account} ${region}`
    this.pollIntervalMs = { min: Math.min(FIRST_LOOK_MS, most), max: most }
    this.jobs = new TrainingJobs(config, budget, clock)
    this.#watch =
      given === undefined ? watchOf(this.jobs, { account, config, clock }) : newWatch(this.jobs, config, clock)
    this.#logs = new TrainingLogs(config, budget, clock)
  }

  async facts({ stepName, config, attempt, alternative }: StepRunInfo, { warn }: FactsOptions): Promise<undefined> {
    const settings = (config.settings['step_operator.sagemaker'] ?? {}) as ResolvedSagemakerSettings
    const { instanceTypes = [], networkIsolation, extra = {} } = settings
    const [before, type] = [instanceTypes[alternative - 1], instanceTypes[alternative]]
    if (before !== undefined && type !== undefined && extra['ResourceConfig'] === undefined) {
      warn?.(
        `attempt ${attempt} of the step ${stepName} asks for ${type}: there was no capacity or no quota for ${before}`,
      )
    }
    if (networkIsolation !== true) return undefined
    warn?.(
      `settings.networkIsolation cuts the job of the step ${stepName} off from its artifact store: it can neither read its input nor leave a result`,
    )
    return undefined
  }

  prepare(job: JobToPrepare<ResolvedSagemakerSettings, undefined>): SagemakerRequest {
    return prepareRequest(job, this.#config)
  }

  /** A thousand jobs that are launched at once wait for minutes, in which a stop needs no create to come first. */
  async turn({ token }: JobLabels, { signal }: CallOptions): Promise<void> {
    await this.jobs.turn(signal)
    this.#turns.add(token)
  }

  /** The job's name is that of its attempt, and SageMaker has each name once: a second create finds the first one's job. */
  async submit(request: SagemakerRequest, options: SubmitOptions): Promise<SagemakerHandle> {
    const { signal, labels } = options
    const { TrainingJobName: name, ResourceConfig } = request.trainingJob
    const hasTurn = this.#turns.delete(labels.token)
    const arn = await this.jobs.create(createInput(request, options), { signal, hasTurn })
    if (arn !== undefined) {
      const machines = ResourceConfig as { readonly InstanceCount?: number } | undefined
      return handleOf(name, { TrainingJobArn: arn, ResourceConfig: machines }, this.#config)
    }
    const job = await this.#untilKnown(name, signal)
    if (job === undefined) {
      throw new SidestepError(`SageMaker has a training job ${name}, and does not know it`, {
        code: 'LAUNCH_FAILED',
        kind: 'infra',
        hint: 'It may be one that is being deleted. It is tried again.',
      })
    }
    const marks = marksOf(job.Environment)
    if (marks?.labels.token === labels.token && marks.fingerprint === options.fingerprint) {
      return handleOf(name, job, this.#config)
    }
    throw new SidestepError(`the training job ${name} exists, and was made from another request`, {
      code: 'LAUNCH_CONFLICT',
      kind: 'config',
      hint: 'Start a new run. Where nothing of that job is needed any more, `aws sagemaker delete-training-job` frees its name.',
    })
  }

  find(query: JobQuery, { signal }: CallOptions): AsyncIterable<FoundJob<SagemakerHandle>> {
    return findJobs(this.jobs, query, this.#config, signal)
  }

  async observe(
    handles: readonly SagemakerHandle[],
    { signal }: CallOptions,
  ): Promise<ReadonlyMap<string, Observation>> {
    const seen = await this.#watch.observe([...new Set(handles.map(({ id }) => id))], signal)
    const now = this.#clock.now()
    for (const [id, { phase }] of seen) {
      if (isTerminal(phase) && !this.#endedAtMs.has(id)) this.#endedAtMs.set(id, now)
    }
    for (const [id, at] of this.#endedAtMs) if (now - at > LATE_LINES_MS) this.#endedAtMs.delete(id)
    await this.#stopAgain(this.#stops.unheard(seen, now).slice(0, MOST_STOPS_AGAIN), signal)
    return seen
  }

  async cancel({ id }: SagemakerHandle, { signal }: CallOptions): Promise<void> {
    if (await this.#stop(id, signal)) return
    // Not all that answer know the same of it, and it would go on: one that was just created, or that others tell of.
    const untilMs = this.#clock.now() + UNSEEN_MS
    for (let n = 0; !this.#watch.hasEnded(id); n += 1) {
      const job = (await this.jobs.describe(id, signal))?.output
      if (job === undefined ? this.#clock.now() >= untilMs : isOver(job)) return
      await this.#clock.sleep(this.#lookAgainMs(n), { signal })
      if (await this.#stop(id, signal)) return
    }
  }

  /** Until a moment after the end of a job was seen, there may be more lines. */
  async logs(handle: SagemakerHandle, cursor: string | undefined, { signal }: CallOptions): Promise<ProviderLogPage> {
    const page = await this.#logs.page(handle, cursor, signal)
    const endedAtMs = this.#endedAtMs.get(handle.id)
    if (page.more || endedAtMs === undefined) return page
    const lateMs = Math.min(LATE_LINES_MS, this.pollIntervalMs.max)
    if (this.#clock.now() - endedAtMs > lateMs) return page
    await this.#clock.sleep(Math.min(LATE_LOOK_MS, lateMs), { signal })
    return { ...page, more: true }
  }

  /** What is seen of jobs does not hang on it: those that get no answer have their turn again in a minute. */
  async #stopAgain(ids: readonly string[], signal: AbortSignal): Promise<void> {
    if (ids.length === 0) return
    for (const id of ids) this.#stops.asked(id, this.#clock.now())
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_STOPS_AGAIN_MS)])
    await Promise.allSettled(ids.map(async (id) => this.jobs.stop(id, limited)))
  }

  /** `false` where SageMaker does not know the job. */
  async #stop(id: string, signal: AbortSignal): Promise<boolean> {
    const isAsked = await this.jobs.stop(id, signal)
    if (isAsked) this.#stops.asked(id, this.#clock.now())
    return isAsked
  }

  /** A name can be taken before the job that has it is known everywhere, with all that it carries. */
  async #untilKnown(name: string, signal: AbortSignal): Promise<TrainingJob | undefined> {
    const untilMs = this.#clock.now() + UNSEEN_MS
    for (let n = 0; ; n += 1) {
      const job = (await this.jobs.describe(name, signal))?.output
      if (marksOf(job?.Environment) !== undefined || this.#clock.now() >= untilMs) return job
      await this.#clock.sleep(this.#lookAgainMs(n), { signal })
    }
  }

  #lookAgainMs(n: number): number {
    return Math.min(this.pollIntervalMs.min * 2 ** n, LONGEST_LOOK_AGAIN_MS)
  }
}
