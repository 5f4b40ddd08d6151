import { randomBytes } from 'node:crypto'

import {
  SidestepError,
  type ArtifactStore,
  type AttemptRecord,
  type AttemptState,
  type Clock,
  type CreateRecord,
  type JobStepOperator,
  type LaunchContext,
  type LaunchReport,
  type Observation,
  type StepRunInfo,
} from '@sidestep/core'
import { s3, sagemaker, type SagemakerHandle, type SagemakerRequest } from '@sidestep/sagemaker'
import { startOciRegistry, startSimulator, type Simulator } from '@sidestep/simulators'

import { BUCKET, makeBucket, REGION, ROLE } from './account.ts'
import { IdleClock } from './idle-clock.ts'
import { pushImage } from './push-image.ts'

const STORE_URI = `s3://${BUCKET}`
/** By the simulator's clock. */
const HOUR_MS = 3_600_000
/** So many are stopped then, one after another. */
const ENDS = 20
/** After so long, looks at a job are as rare as they get. */
const OLD_MS = 90_000

type Operator = JobStepOperator<object, object, SagemakerRequest, SagemakerHandle>

/** What the provider saw of a launcher that waits. Times are by the clock of both. */
export interface Waiting {
  /** In an hour that begins when every job was seen, of SageMaker. */
  readonly calls: Readonly<Record<string, number>>
  /** From the first launch until every job was seen, in milliseconds. */
  readonly seenMs: number
  /** Answered with a refusal, since the first create. */
  readonly throttled: number
  /** From the end of a job until the operator's `launch()` has ended, in milliseconds. */
  readonly noticedMs: readonly number[]
  /** The longest time between two looks, in milliseconds. */
  readonly pollMs: number
}

/** Lets one launcher wait for so many training jobs, none of which gets a machine, for an hour; then some end. */
export async function waitForJobs(jobs: number): Promise<Waiting> {
  using clock = new IdleClock()
  const registry = await startOciRegistry()
  const simulator = await startSimulator('aws', { jobs: 'process', clock })
  try {
    await makeBucket(simulator)
    simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'stuck', times: jobs + ENDS })
    const operator = await operatorAt(simulator, clock)
    const store = (await s3({ uri: STORE_URI, region: REGION, endpoint: simulator.endpoint }).load()) as ArtifactStore
    const image = await pushImage(registry.host)
    const startedMs = clock.now()
    const launch = (n: number): Launch => new Launch(operator, { n, image, store, clock })
    const launches = Array.from({ length: jobs }, (_, n) => launch(n))
    await clock.until(Promise.all(launches.map(async ({ seen }) => seen)))
    const seenMs = clock.now() - startedMs
    const throttledBefore = throttledIn(simulator)
    simulator.clearCalls()
    await clock.run(HOUR_MS)
    const calls = countedIn(simulator)
    const noticedMs: number[] = []
    const { max: pollMs } = operator.service.pollIntervalMs
    for (let n = 0; n < ENDS; n += 1) {
      const next = launches.shift() ?? launch(jobs + n)
      await clock.until(next.seen)
      await clock.run((n < jobs ? 0 : OLD_MS) + Math.random() * pollMs)
      noticedMs.push(await clock.until(next.stopped(new AbortController().signal)))
    }
    const throttled = throttledBefore + throttledIn(simulator)
    for (const left of launches) left.leave()
    await clock.until(Promise.all(launches.map(async ({ over }) => over)))
    return { calls, seenMs, throttled, noticedMs, pollMs }
  } finally {
    simulator.clearFaults()
    await simulator.close()
    await registry.close()
  }
}

interface LaunchParts {
  readonly n: number
  readonly image: string
  readonly store: ArtifactStore
  readonly clock: Clock
}

/** One attempt that the operator launches, and what it says of it. */
class Launch {
  /** Resolves with the first that is told of its job. */
  readonly seen: Promise<Observation>
  /** Resolves with the time when the operator's `launch()` ended. */
  readonly over: Promise<number>
  readonly #operator: Operator
  readonly #over = new AbortController()
  #handle: SagemakerHandle | undefined
  #last: Observation | undefined

  constructor(operator: Operator, { n, image, store, clock }: LaunchParts) {
    this.#operator = operator
    const { promise: seen, resolve, reject } = Promise.withResolvers<Observation>()
    this.seen = seen
    const report = (event: object): void => {
      const told = event as LaunchReport
      if (told.type === 'handle') this.#handle = told.handle as SagemakerHandle
      if (told.type !== 'observed') return
      this.#last = told.observation
      resolve(told.observation)
    }
    const context: LaunchContext = {
      signal: this.#over.signal,
      environment: { SIDESTEP_STORE: JSON.stringify({ uri: STORE_URI }) },
      secrets: {},
      token: randomBytes(16).toString('hex'),
      journalId: '0'.repeat(32),
      artifactStore: store,
      report,
      prepareEnvironment: async () => undefined,
      attempt: new AttemptInMemory(),
    }
    this.over = operator.launch(infoOf(n, image), ['node', 'step.mjs'], context).then(
      () => clock.now(),
      (error: unknown) => {
        // What was stopped ends so, and what was left.
        if (SidestepError.isInstance(error) && error.kind === 'stopped') return clock.now()
        throw error
      },
    )
    this.over.catch(reject)
  }

  /** Stops the job as somebody else would; resolves to the time from its end until the launch has ended, in milliseconds. */
  async stopped(signal: AbortSignal): Promise<number> {
    if (this.#handle === undefined) throw new Error('there is no job')
    await this.#operator.service.cancel(this.#handle, { signal })
    const overAt = await this.over
    const endedAt = this.#last?.phases?.find(({ phase }) => phase === 'stopped')?.at
    if (endedAt === undefined) throw new Error('its end was not seen')
    return overAt - Date.parse(endedAt)
  }

  /** Ends the launch; the job stays as it is. */
  leave(): void {
    this.#over.abort(new Error('the benchmark is over'))
  }
}

/** What is known of an attempt, for as long as this process lives. */
class AttemptInMemory implements AttemptRecord {
  #state: AttemptState = { creates: [] }

  async read(): Promise<AttemptState> {
    return this.#state
  }

  async intent(intent: object): Promise<void> {
    this.#state = { ...this.#state, intent }
  }

  async create(create: CreateRecord): Promise<void> {
    this.#state = { ...this.#state, creates: [...this.#state.creates, create] }
  }

  async handle(handle: object): Promise<void> {
    this.#state = { ...this.#state, handle }
  }

  async checkOwner(): Promise<void> {}
}

function infoOf(n: number, image: string): StepRunInfo {
  const leaves = 'detach'
  return {
    stepRunId: `wait-${n}`,
    runId: 'bench',
    runName: 'bench',
    stepName: 'wait',
    attempt: 1,
    alternative: 0,
    pipeline: { name: 'bench', dockerSettings: {} },
    config: {
      resourceSettings: {},
      dockerSettings: {},
      timeouts: {},
      retry: { maxAttempts: 1, on: [] },
      cancel: {
        onAbort: leaves,
        onSignal: leaves,
        onTimeout: leaves,
        onSiblingFailure: leaves,
        onLostHeartbeat: leaves,
      },
      settings: {},
    },
    bundle: { path: '/bench/step.mjs', uri: `${STORE_URI}/step.mjs`, sha256: '0'.repeat(64), requirements: [] },
    projectFolder: '/bench',
    image,
  }
}

/** The operator of a stack, which waits by another clock. */
async function operatorAt({ endpoint }: Simulator, clock: Clock): Promise<Operator> {
  const loaded = await sagemaker({ role: ROLE, region: REGION, endpoint }).load()
  const Class = loaded.constructor as new (config: object, options: { readonly clock: Clock }) => Operator
  return new Class(loaded.config as object, { clock })
}

function countedIn({ calls }: Simulator): Readonly<Record<string, number>> {
  const own = calls.filter(({ service }) => service === 'sagemaker')
  return Object.fromEntries(
    [...Map.groupBy(own, ({ operation }) => operation)].map(([name, all]) => [name, all.length]),
  )
}

function throttledIn({ calls }: Simulator): number {
  return calls.filter(({ errorCode }) => errorCode === 'ThrottlingException').length
}
