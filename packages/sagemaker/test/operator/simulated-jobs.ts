import { createHash, randomBytes } from 'node:crypto'

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { Clock, JobLabels, Observation } from '@sidestep/core'
import { startOciRegistry, startSimulator, type Simulator, type SimulatorOptions } from '@sidestep/simulators'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

import { clientConfig } from '../../src/aws/client-config.ts'
import type { SagemakerRequest } from '../../src/operator/request.ts'
import type { SagemakerHandle } from '../../src/operator/sagemaker-handle.ts'
import { CallBudget, type CallRate, type Operation } from '../../src/operator/call-budget.ts'
import { TrainingJobService } from '../../src/operator/training-job-service.ts'
import type { SagemakerSettings } from '../../src/sagemaker-config.ts'
import { pushImageOf } from '../support/job-image.ts'
import { config, job } from './job-to-prepare.ts'

/** What jobs of these tests run: what the argument says. */
const PROGRAM = `await import('data:text/javascript,' + encodeURIComponent(process.argv[2]))`

const MANY: CallRate = { perSecond: 1_000, burst: 100 }
/** Nobody waits for a turn, but where too many calls are the matter. */
export const PLENTY: Readonly<Record<Operation, CallRate>> = {
  CreateTrainingJob: MANY,
  DescribeTrainingJob: MANY,
  ListTrainingJobs: MANY,
  StopTrainingJob: MANY,
  DescribeLogStreams: MANY,
  GetLogEvents: MANY,
}

/** A prepared job. */
export interface PreparedJob {
  readonly request: SagemakerRequest
  readonly labels: JobLabels
  readonly fingerprint: string
}

/** SageMaker, simulated, with jobs that run as processes. */
export interface SimulatedJobs {
  readonly simulator: Simulator
  /** As each process has one: what it remembers is its own. With a budget that lets nobody wait, where none is given. */
  service(budget?: CallBudget, clock?: Clock): TrainingJobService
  /** The same, with something between it and SageMaker. */
  serviceAt(endpoint: string, clock?: Clock): TrainingJobService
  /** A job of another attempt each time, that runs a program of at most 256 characters. */
  prepared(program?: string, settings?: SagemakerSettings, labels?: Partial<JobLabels>): PreparedJob
}

/** Starts it before the tests of a file, and closes it after them. Whatever asked for a fault has to have met it. */
export function simulatedJobs(options: SimulatorOptions = {}): SimulatedJobs {
  let made: { readonly simulator: Simulator; readonly image: string; readonly close: () => Promise<void> } | undefined
  const get = (): NonNullable<typeof made> => {
    if (made === undefined) throw new Error('the simulator has not started yet')
    return made
  }
  beforeAll(async () => {
    const registry = await startOciRegistry()
    const simulator = await startSimulator('aws', { jobs: 'process', rates: false, ...options })
    const image = await pushImageOf('opt/sidestep/job.mjs', PROGRAM, registry)
    const s3 = new S3Client({
      ...(await clientConfig({ region: 'eu-west-1', endpoint: simulator.endpoint })),
      forcePathStyle: true,
    })
    await s3.send(new CreateBucketCommand({ Bucket: 'lake' }))
    s3.destroy()
    made = {
      simulator,
      image,
      close: async () => {
        await simulator.close()
        await registry.close()
      },
    }
  })
  afterEach(() => expect(get().simulator.unmetFaults).toEqual([]))
  afterAll(async () => made?.close())
  const operator = (endpoint: string = get().simulator.endpoint): ReturnType<typeof config> =>
    config({ endpoint, pollInterval: '300ms' })
  return {
    get simulator() {
      return get().simulator
    },
    service: (budget = new CallBudget({ rates: PLENTY }), clock) =>
      new TrainingJobService(operator(), { budget, clock }),
    serviceAt: (endpoint, clock) =>
      new TrainingJobService(operator(endpoint), {
        budget: new CallBudget({ rates: PLENTY, ...(clock === undefined ? {} : { clock }) }),
        clock,
      }),
    prepared: (program = '0', settings = {}, labels = {}) => {
      const token = labels.token ?? randomBytes(16).toString('hex')
      const command = ['node', '/opt/sidestep/job.mjs', program]
      const given = job({ settings, command, token, image: get().image, ...(labels.runId && { runId: labels.runId }) })
      const request = new TrainingJobService(operator()).prepare(given)
      const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('hex')
      return { request, labels: { ...given.labels, ...labels, token }, fingerprint }
    },
  }
}

/** The signal of a call that nobody ends before its time. */
export function signal(): AbortSignal {
  return AbortSignal.timeout(20_000)
}

/** Creates a job. */
export async function submit(
  service: TrainingJobService,
  { request, labels, fingerprint }: PreparedJob,
  nonce: string = randomBytes(16).toString('hex'),
): Promise<SagemakerHandle> {
  return service.submit(request, { labels, fingerprint, nonce, secrets: {}, signal: signal() })
}

/** Looks until a job is as wanted. */
export async function until(
  service: TrainingJobService,
  handle: SagemakerHandle,
  is: (observation: Observation) => boolean,
): Promise<Observation> {
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    const observation = (await service.observe([handle], { signal: signal() })).get(handle.id)
    if (observation !== undefined && is(observation)) return observation
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the job ${handle.id} has not come to that`)
}

/** Whether nothing follows. */
export function isOver({ phase }: Observation): boolean {
  return ['succeeded', 'failed', 'stopped', 'expired'].includes(phase)
}

/** What an iterable gives. */
export async function all<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const value of values) list.push(value)
  return list
}
