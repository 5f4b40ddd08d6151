import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { LogStore } from '../cloudwatch-logs/log-store.ts'
import type { Fault } from '../ground/faults.ts'
import type { ServiceGround } from '../ground/ground.ts'
import type { JobEntry } from '../ground/job-log.ts'
import type { JobEnd } from '../jobs/job.ts'
import { JobFaults } from '../jobs/job-faults.ts'
import { messageOf } from '../jobs/message-of.ts'
import { Attempt, type AttemptEnd } from './attempt.ts'
import { DEFAULT_MAX_RUNTIME_SECONDS } from './describe.ts'
import { INTERNAL_ERROR, NO_CAPACITY } from './failure-reason.ts'
import { HaltError, type HaltPhase } from './halt.ts'
import type { SourcedImage } from './image-source.ts'
import { JobOutput } from './job-output.ts'
import type { JobRecord } from './job-record.ts'
import { hostsOf } from './ml-folder.ts'
import type { SecondaryStatus } from './training-job.ts'

/** What a job's life needs. */
export interface LifeTools {
  readonly ground: ServiceGround
  readonly logs: LogStore
  readonly image: SourcedImage
  /** True where the machines of an earlier job are there still. */
  readonly isWarm: boolean
  /** Of this job. */
  readonly faults: readonly Fault[]
  /** Where it is written down. */
  readonly entry: JobEntry
}

/** The phase that it ends in, and `FailureReason`. */
interface LifeEnd {
  readonly phase: SecondaryStatus
  readonly why?: string | undefined
}

/** Instances that `MaxPendingTimeInSeconds` is about: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html. */
const ACCELERATED = /^ml\.(?:p|g|trn)\d/
/** What of the time is paid with managed spot instances: the rest is saved. */
const SPOT_SHARE = 0.3

/** Runs a job from its creation to its end. */
export class JobLife {
  /** Resolves when it has ended. Rejects with what broke in the simulator. */
  readonly ended: Promise<void>
  readonly #record: JobRecord
  readonly #tools: LifeTools
  readonly #faults: JobFaults
  readonly #folder: string
  readonly #output: JobOutput
  readonly #halt = new AbortController()
  readonly #over = new AbortController()
  #workedMs = 0
  /** How the machines ended that it had last. `undefined`: it has had none. */
  #lastEnd: JobEnd | undefined
  /** When its last time on machines was over. */
  #workedUntil: number | undefined

  constructor(record: JobRecord, tools: LifeTools) {
    this.#record = record
    this.#tools = tools
    const { ground, logs, faults, entry } = tools
    this.#faults = new JobFaults(faults, ground.faults, entry)
    this.#folder = join(ground.folder, 'sagemaker', `${record.name}-${randomBytes(6).toString('hex')}`)
    const gap = this.#faults.next('log-gap')
    this.#output = new JobOutput(record, { logs, clock: ground.clock, onGap: gap && (() => this.#faults.met(gap)) })
    this.ended = this.#live()
  }

  /** Stops it, as who asks for it. */
  stop(): void {
    this.#haltFor('Stopped')
  }

  async #live(): Promise<void> {
    const { ground } = this.#tools
    const { StoppingCondition: limits = {} } = this.#record.job.request
    if (limits.MaxWaitTimeInSeconds !== undefined) {
      this.#haltAfter(limits.MaxWaitTimeInSeconds * 1000, 'MaxWaitTimeExceeded', this.#over.signal)
    }
    let end: LifeEnd
    try {
      end = await this.#attempts()
    } catch (error) {
      // A provider that is gone does nothing any more.
      if (ground.ending.aborted) return
      if (!(error instanceof HaltError)) {
        this.#end({ phase: 'Failed', why: `${INTERNAL_ERROR} (the simulator broke: ${messageOf(error)})` })
        throw error
      }
      end = error
    } finally {
      this.#over.abort()
      this.#faults.giveBack()
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
    }
    // The last of all: from then on it may be deleted, and another may have its name.
    this.#end(end)
  }

  async #attempts(): Promise<LifeEnd> {
    const { request } = this.#record.job
    let retries = request.RetryStrategy?.MaximumRetryAttempts ?? 0
    for (let { isWarm } = this.#tools; ; isWarm = false) {
      const end = await this.#attempt(isWarm)
      if (end.kind === 'done') return { phase: 'Completed' }
      if (end.kind === 'failed') return { phase: 'Failed', why: end.reason }
      if (request.EnableManagedSpotTraining === true) {
        this.#record.enter('Interrupted')
        await this.#wait(this.#tools.ground.jobDelays.interruptedMs)
      } else {
        if (retries === 0) return { phase: 'Failed', why: INTERNAL_ERROR }
        retries -= 1
      }
      // "When the job is retried, its SecondaryStatus is changed to STARTING": RetryStrategy of the API.
      this.#record.enter('Starting')
    }
  }

  /** One time on machines, which are there already where `isWarm`. */
  async #attempt(isWarm: boolean): Promise<AttemptEnd> {
    const { ground, image, entry } = this.#tools
    const { jobDelays, clock } = ground
    if (!isWarm) {
      await this.#wait(jobDelays.startMs)
      if (!(await this.#provision())) return { kind: 'failed', reason: NO_CAPACITY }
    }
    const beganAt = clock.now()
    const { trainingStartedAt = beganAt, request } = this.#record.job
    this.#record.change({ trainingStartedAt })
    const { MaxRuntimeInSeconds: maxSeconds = DEFAULT_MAX_RUNTIME_SECONDS } = request.StoppingCondition ?? {}
    const attempt = new Attempt({
      ground,
      image,
      entry,
      record: this.#record,
      output: this.#output,
      faults: this.#faults,
      folder: this.#folder,
      halted: this.#halt.signal,
    })
    const over = new AbortController()
    // Of all attempts together: RetryStrategy of the API.
    this.#haltAfter(maxSeconds * 1000 - this.#workedMs, 'MaxRuntimeExceeded', over.signal)
    try {
      return await attempt.run()
    } finally {
      over.abort()
      this.#lastEnd = attempt.end ?? this.#lastEnd
      this.#workedUntil = clock.now()
      this.#workedMs += this.#workedUntil - beganAt
    }
  }

  /** Waits for machines. False: there are none. */
  async #provision(): Promise<boolean> {
    const { request } = this.#record.job
    this.#record.enter('Pending')
    const over = new AbortController()
    const { MaxPendingTimeInSeconds: maxSeconds } = request.StoppingCondition ?? {}
    if (maxSeconds !== undefined && hostsOf(request).some(({ instanceType }) => ACCELERATED.test(instanceType))) {
      this.#haltAfter(maxSeconds * 1000, 'Stopped', over.signal, `${NO_CAPACITY} (MaxPendingTimeInSeconds is over)`)
    }
    try {
      if (this.#faults.meet('stuck') !== undefined) await this.#wait(Infinity)
      await this.#wait(this.#tools.ground.jobDelays.provisionMs)
      if (this.#faults.meet('no-capacity') !== undefined) return false
      this.#record.enter('Pending', 'Preparing the instances for training')
      return true
    } finally {
      over.abort()
    }
  }

  #end({ phase, why }: LifeEnd): void {
    const { ground, entry } = this.#tools
    const { clock } = ground
    const { trainingStartedAt, request } = this.#record.job
    entry.ended(this.#lastEnd ?? { exitCode: null, outOfMemory: false, startError: why ?? 'it was stopped before' })
    const seconds = Math.max(1, Math.round(this.#workedMs / 1000))
    const share = request.EnableManagedSpotTraining === true ? SPOT_SHARE : 1
    const times = { trainingSeconds: seconds, billableSeconds: Math.max(1, Math.round(seconds * share)) }
    this.#record.enter(phase, undefined, {
      ...(why === undefined ? {} : { failureReason: why }),
      trainingEndedAt: this.#workedUntil ?? clock.now(),
      ...(trainingStartedAt === undefined ? {} : times),
    })
  }

  #haltFor(phase: HaltPhase, why?: string): void {
    if (this.#halt.signal.aborted || this.#over.signal.aborted) return
    this.#record.enter('Stopping')
    this.#halt.abort(new HaltError(phase, why))
  }

  #haltAfter(ms: number, phase: HaltPhase, until: AbortSignal, why?: string): void {
    const { clock, ending } = this.#tools.ground
    const signal = AbortSignal.any([until, this.#over.signal, ending])
    void clock.wait(ms, { signal }).then(
      () => this.#haltFor(phase, why),
      // It came otherwise.
      () => undefined,
    )
  }

  async #wait(ms: number): Promise<void> {
    const { clock, ending } = this.#tools.ground
    await clock.wait(ms, { signal: AbortSignal.any([this.#halt.signal, ending]) })
  }
}
