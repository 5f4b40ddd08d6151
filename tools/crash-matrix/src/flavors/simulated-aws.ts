import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import {
  DescribeTrainingJobCommand,
  paginateListTrainingJobs,
  SageMakerClient,
  StopTrainingJobCommand,
  type TrainingJobSummary,
} from '@aws-sdk/client-sagemaker'
import type { ArtifactStore } from '@sidestep/core'
import { startSimulator, type Fault, type JobFaultKind, type Simulator } from '@sidestep/simulators'

import type { OperatorJob } from '../operator-under-test.ts'
import { BucketReader } from './bucket-reader.ts'

/** Where everything is. */
export const REGION = 'eu-west-1'
/** Of all objects of a trial. */
export const BUCKET = 'matrix'
/** What requests of the matrix have in their query, so that faults meet those of launchers and jobs alone. */
const MARK = 'x-id=matrix'
const NOT_THE_MATRIX = new RegExp(`^(?!.*${MARK})`)
/** A list is not asked for more often, in milliseconds. */
const LIST_EVERY_MS = 40
/** The matrix lists too, and many launchers follow on each other, so the rates of the cloud are not enforced: refusals are dealt as faults. */
const RATES = {
  'sagemaker.CreateTrainingJob': { perSecond: 1_000 },
  'sagemaker.ListTrainingJobs': { perSecond: 1_000 },
}
/** They act on a job, some time after its create. */
const OF_JOBS: readonly JobFaultKind[] = ['stuck', 'interruption', 'oom', 'no-capacity', 'log-gap']
const ENDED: ReadonlySet<string | undefined> = new Set(['Completed', 'Failed', 'Stopped'])

type Labels = Pick<OperatorJob, 'runId' | 'stepRunId' | 'attempt' | 'nonce'>

/** AWS of one trial, asked by the matrix itself: nothing of the operator is believed. */
export class SimulatedAws {
  readonly simulator: Simulator
  readonly store: ArtifactStore
  readonly #home: string
  readonly #sagemaker: SageMakerClient
  readonly #s3: S3Client
  /** By name: what a job was created with. */
  readonly #labels: Map<string, Labels> = new Map()
  /** Faults of jobs that were asked for. */
  readonly #ofJobs: Fault[] = []
  #listed: { readonly at: number; readonly jobs: Promise<readonly OperatorJob[]> } | undefined

  private constructor(simulator: Simulator, home: string) {
    this.simulator = simulator
    this.#home = home
    const { endpoint } = simulator
    const credentials = { accessKeyId: 'matrix', secretAccessKey: 'matrix' }
    this.#s3 = marked(new S3Client({ endpoint, region: REGION, credentials, forcePathStyle: true }))
    this.#sagemaker = marked(new SageMakerClient({ endpoint, region: REGION, credentials }))
    this.store = new BucketReader({ client: this.#s3, bucket: BUCKET })
  }

  /** Starts it, with an empty bucket. `home` is that of a trial. */
  static async start(home: string, seed: string): Promise<SimulatedAws> {
    const folder = join(dirname(home), 'aws')
    const simulator = await startSimulator('aws', { seed, folder, jobs: 'process', rates: RATES })
    const aws = new SimulatedAws(simulator, home)
    const CreateBucketConfiguration = { LocationConstraint: REGION } as const
    await aws.#s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }))
    return aws
  }

  /** Asks for faults of calls by launchers and jobs. */
  addFaults(...faults: readonly Fault[]): void {
    this.simulator.addFaults(...faults.map((fault) => ({ path: NOT_THE_MATRIX, ...fault })))
    this.#ofJobs.push(...faults.filter(isOfJob))
  }

  /** Those that did not happen as often as asked. The simulator counts one of a job when a create takes it; here it has to have acted. */
  unmetFaults(): readonly Fault[] {
    const acted = this.simulator.jobs.flatMap(({ faults }) => faults)
    return [
      ...this.simulator.unmetFaults.filter((fault) => !isOfJob(fault)),
      ...this.#ofJobs.filter(({ kind, times = 1 }) => acted.filter((one) => one === kind).length < times),
    ]
  }

  /** All training jobs that were ever created. */
  async jobs(): Promise<readonly OperatorJob[]> {
    const at = performance.now()
    if (this.#listed === undefined || at - this.#listed.at > LIST_EVERY_MS) this.#listed = { at, jobs: this.#list() }
    return this.#listed.jobs
  }

  /** As somebody does it in the console. */
  async stop(name: string): Promise<void> {
    await this.#sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: name }))
  }

  /** Ends everything, and leaves a list of the calls beside the home. */
  async close(): Promise<void> {
    const jobs = await this.#list()
    const calls = this.simulator.calls.filter(({ path }) => NOT_THE_MATRIX.test(path))
    const lines = [...jobs, ...calls].map((line) => JSON.stringify(line))
    writeFileSync(join(dirname(this.#home), 'aws.jsonl'), `${lines.join('\n')}\n`)
    this.#s3.destroy()
    this.#sagemaker.destroy()
    // A trial has said already which faults did not happen.
    this.simulator.clearFaults()
    await this.simulator.close()
  }

  async #list(): Promise<readonly OperatorJob[]> {
    const jobs: OperatorJob[] = []
    const pages = paginateListTrainingJobs({ client: this.#sagemaker, pageSize: 100 }, {})
    for await (const { TrainingJobSummaries = [] } of pages) {
      jobs.push(...(await Promise.all(TrainingJobSummaries.map(async (summary) => this.#jobOf(summary)))))
    }
    return jobs
  }

  async #jobOf({
    TrainingJobName: name = '',
    TrainingJobStatus,
    TrainingEndTime,
  }: TrainingJobSummary): Promise<OperatorJob> {
    const ended = ENDED.has(TrainingJobStatus)
    return {
      name,
      ...(await this.#labelsOf(name)),
      alive: !ended,
      ...(ended && TrainingEndTime !== undefined ? { endedAt: TrainingEndTime.getTime() } : {}),
    }
  }

  /** Lists have no environment; that of a job stays as it is. */
  async #labelsOf(name: string): Promise<Labels> {
    const known = this.#labels.get(name)
    if (known !== undefined) return known
    const { Environment = {} } = await this.#sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))
    const labels = {
      runId: Environment['SIDESTEP_RUN_ID'] ?? '',
      stepRunId: Environment['SIDESTEP_STEP_RUN_ID'] ?? '',
      attempt: Number(Environment['SIDESTEP_ATTEMPT']),
      nonce: Environment['SIDESTEP_NONCE'] ?? '',
    }
    this.#labels.set(name, labels)
    return labels
  }
}

function isOfJob({ kind }: Fault): boolean {
  return OF_JOBS.some((one) => one === kind)
}

/** A client whose requests say that they are the matrix's. */
function marked<Client extends S3Client | SageMakerClient>(client: Client): Client {
  const [name = '', value = ''] = MARK.split('=')
  const { middlewareStack } = client as unknown as Pick<SageMakerClient, 'middlewareStack'>
  middlewareStack.add(
    (next) => async (input) => {
      const request = input.request as { query?: Record<string, string> }
      request.query = { ...request.query, [name]: value }
      return next(input)
    },
    { step: 'build', name: 'matrixMark' },
  )
  return client
}
