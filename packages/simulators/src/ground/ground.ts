import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { messageOf } from '../jobs/message-of.ts'
import { jobRunner, type JobRunner, type JobRunnerOptions } from '../jobs/job-runner.ts'
import { folderObjectStore } from '../objects/folder-object-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { Call, OpenCall } from './call-log.ts'
import { CallRates } from './call-rates.ts'
import type { Clock } from './clock.ts'
import { Dispatcher } from './dispatcher.ts'
import { FaultPlan } from './fault-plan.ts'
import { checkScope } from './fault-scope.ts'
import { UnmetFaultsError, type Fault } from './faults.ts'
import { checkOptions, type GroundOptions, type JobDelays } from './ground-options.ts'
import { HttpListener } from './http-listener.ts'
import { JobLog, type Job } from './job-log.ts'
import { LazyJobRunner } from './lazy-job-runner.ts'
import { ownFolder } from './own-folder.ts'
import { ScaledClock } from './scaled-clock.ts'
import type { Service } from './service.ts'

/** What services stand on. */
export interface ServiceGround {
  readonly clock: Clock
  readonly objects: ObjectStore
  /** For those of jobs. */
  readonly faults: FaultPlan
  readonly listDelayMs: number
  /** Where services of jobs write down each job, and what becomes of it. */
  readonly jobs: JobLog
  /** For what jobs leave. It is there. */
  readonly folder: string
  /** Runs their jobs. Started by the first who asks for it, and closed after the services. Rejects where it cannot be started. */
  readonly jobRunner: () => Promise<JobRunner>
  readonly jobDelays: JobDelays
  readonly logDelayMs: number
  /** `http://127.0.0.1:41233`: where jobs reach the services. Throws before the first request. */
  readonly endpoint: () => string
  /** Aborted as the simulator closes: ends every wait. */
  readonly ending: AbortSignal
}

/** Services on one port, with all that they share. */
export class Ground {
  readonly clock: Clock
  readonly seed: string
  /** `http://127.0.0.1:41233`. */
  readonly endpoint: string
  readonly #calls: OpenCall[]
  readonly #jobs: JobLog
  readonly #faults: FaultPlan
  readonly #services: readonly Service[]
  readonly #dispatcher: Dispatcher
  readonly #runner: LazyJobRunner
  readonly #shutDown: () => Promise<void>
  #closed: Promise<void> | undefined

  private constructor(parts: {
    readonly clock: Clock
    readonly seed: string
    readonly endpoint: string
    readonly calls: OpenCall[]
    readonly jobs: JobLog
    readonly faults: FaultPlan
    readonly services: readonly Service[]
    readonly dispatcher: Dispatcher
    readonly runner: LazyJobRunner
    readonly shutDown: () => Promise<void>
  }) {
    this.clock = parts.clock
    this.seed = parts.seed
    this.endpoint = parts.endpoint
    this.#calls = parts.calls
    this.#jobs = parts.jobs
    this.#faults = parts.faults
    this.#services = parts.services
    this.#dispatcher = parts.dispatcher
    this.#runner = parts.runner
    this.#shutDown = parts.shutDown
  }

  /** Starts it. Rejects where the port is taken, and with a `RangeError` for rates and delays that cannot be. */
  static async start(
    services: (ground: ServiceGround) => readonly Service[] | Promise<readonly Service[]>,
    options: GroundOptions,
  ): Promise<Ground> {
    const jobDelays = checkOptions(options)
    const { clock = new ScaledClock(), seed = randomUUID(), listDelayMs = 0, logDelayMs = 0 } = options
    let endpoint: string | undefined
    const folder = options.folder ?? (await ownFolder())
    const started: (() => Promise<unknown>)[] = []
    if (options.folder === undefined) started.push(async () => rm(folder, { recursive: true, force: true }))
    const ending = new AbortController()
    const calls: OpenCall[] = []
    const jobs = new JobLog(clock)
    const faults = new FaultPlan(seed)
    const shutDown = async (): Promise<void> => {
      ending.abort(new Error('the simulator was closed'))
      await endAll(started.toReversed())
    }
    try {
      await mkdir(folder, { recursive: true })
      const objects = folderObjectStore({ folder, clock, listDelayMs })
      started.push(async () => objects.close())
      const runner = new LazyJobRunner(async () => jobRunner({ folder: join(folder, 'runner'), ...kindOf(options) }))
      started.push(async () => runner.close())
      const all = await services({
        clock,
        objects,
        faults,
        listDelayMs,
        jobs,
        folder,
        jobRunner: async () => runner.get(),
        jobDelays,
        logDelayMs,
        endpoint: () => {
          if (endpoint === undefined) throw new Error('the simulator does not listen yet')
          return endpoint
        },
        ending: ending.signal,
      })
      for (const service of all) if (service.close !== undefined) started.push(async () => service.close?.())
      const rates = new CallRates(all, options.rates ?? {}, clock)
      const dispatcher = new Dispatcher({ services: all, rates, faults, clock, calls, ending: ending.signal })
      const listener = await HttpListener.start(options.port ?? 0, (request, response) => {
        dispatcher.dispatch(request, response)
      })
      started.push(async () => dispatcher.settled())
      started.push(async () => listener.close())
      endpoint = `http://${listener.host}`
      return new Ground({ clock, seed, endpoint, calls, jobs, faults, services: all, dispatcher, runner, shutDown })
    } catch (error) {
      await shutDown()
      throw error
    }
  }

  /** In the order they came. */
  get calls(): readonly Call[] {
    return this.#calls
  }

  /** Forgets the calls until now. */
  clearCalls(): void {
    this.#calls.length = 0
  }

  /** In the order they came. */
  get jobs(): readonly Job[] {
    return this.#jobs.jobs
  }

  /** Forgets the jobs until now. */
  clearJobs(): void {
    this.#jobs.clear()
  }

  /** The names of the services, in the order in which they are asked. */
  get services(): readonly string[] {
    return this.#services.map(({ name }) => name)
  }

  /** How jobs run here: `jobs run in containers of Docker 20.10`. Starts what runs them; rejects where that cannot be. */
  async describeJobs(): Promise<string> {
    const { description } = await this.#runner.get()
    return description
  }

  /** Throws a `RangeError` for a fault that cannot be, also for one that could never act here; then it adds none. */
  addFaults(...faults: readonly Fault[]): void {
    for (const fault of faults) checkScope(fault, this.#services)
    this.#faults.add(...faults)
  }

  /** Those that did not happen as often as asked. */
  get unmetFaults(): readonly Fault[] {
    return this.#faults.unmet.map(({ fault }) => fault)
  }

  /** Forgets the faults that are left. */
  clearFaults(): void {
    this.#faults.clear()
  }

  /**
   * Ends everything, whatever goes wrong with it. Rejects with all that went wrong: what could not be ended, an `AggregateError` of calls in
   * which the simulator itself broke, and an `UnmetFaultsError`; more than one in an `AggregateError`. Called again, it gives the same.
   */
  async close(): Promise<void> {
    this.#closed ??= this.#close()
    await this.#closed
  }

  async #close(): Promise<void> {
    const errors: unknown[] = []
    await this.#shutDown().catch((error: unknown) => errors.push(error))
    const { broken } = this.#dispatcher
    if (broken.length > 0) errors.push(brokenCalls(broken))
    const { unmet } = this.#faults
    if (unmet.length > 0) errors.push(new UnmetFaultsError(unmet))
    throwAll(errors)
  }
}

function brokenCalls(broken: readonly OpenCall[]): AggregateError {
  const errors = broken.map(({ service, operation, failure }) => new Error(`${service}.${operation}: ${failure}`))
  const message = `the simulator broke in ${errors.length} calls; the first: ${errors[0]?.message}`
  return new AggregateError(errors, message)
}

function kindOf({ jobs }: GroundOptions): Pick<JobRunnerOptions, 'kind'> {
  return jobs === undefined ? {} : { kind: jobs }
}

/** One after the other; rejects with what went wrong, after all. */
async function endAll(ends: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const end of ends) {
    try {
      await end()
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
}

/** One as it is, more in an `AggregateError` that says them all. */
function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 0) return
  if (errors.length === 1) throw errors[0]
  throw new AggregateError(errors, errors.map(messageOf).join('\n'))
}
