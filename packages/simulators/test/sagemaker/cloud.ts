import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  type CreateTrainingJobCommandInput,
  type DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, expect } from 'vitest'

import { startOciRegistry, type OciRegistry } from '../../src/oci-registry/oci-registry.ts'
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator.ts'
import { file, layer, pushImage } from '../jobs/job-images.ts'

/** A simulator with a bucket and an image, and official clients for it. */
export interface Cloud {
  readonly simulator: Simulator
  readonly registry: OciRegistry
  readonly sagemaker: SageMakerClient
  readonly logs: CloudWatchLogsClient
  readonly s3: S3Client
  /** By digest: an image whose `/opt/sidestep/job.mjs` runs what `JOB` says. */
  readonly image: string
  /** Signs with the simulator's clock from now on. */
  follow(): void
}

export const ROLE = 'arn:aws:iam::123456789012:role/steps'

/** Runs the code that comes in pieces of variables, since none of them may be long; not as text, in which paths would be mapped. */
const JOB = `
const code = Object.keys(process.env).filter((name) => /^CODE_\\d+$/.test(name)).toSorted().map((name) => process.env[name]).join('')
await import('data:text/javascript;base64,' + code)
`

export function cloud(options: SimulatorOptions = {}): Cloud {
  let made: Cloud | undefined
  const get = (): Cloud => {
    if (made === undefined) throw new Error('the simulator has not started yet')
    return made
  }
  beforeAll(async () => {
    const registry = await startOciRegistry()
    const simulator = await startSimulator('aws', { jobs: 'process', rates: false, ...options })
    const config = {
      endpoint: simulator.endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    }
    const s3 = new S3Client({ ...config, forcePathStyle: true })
    const sagemaker = new SageMakerClient(config)
    const logs = new CloudWatchLogsClient(config)
    const follow = (): void => {
      for (const client of [s3, sagemaker, logs]) client.config.systemClockOffset = simulator.clock.now() - Date.now()
    }
    follow()
    await s3.send(new CreateBucketCommand({ Bucket: 'lake' }))
    const bytes = await layer(file('opt/sidestep/job.mjs', JOB))
    const image = await pushImage(registry.host, 'steps/job', { layers: [{ by: 'sidestep', bytes }] })
    made = { simulator, registry, sagemaker, logs, s3, image, follow }
  })
  afterEach(() => {
    expect(get().simulator.calls.filter(({ failure }) => failure !== undefined)).toEqual([])
  })
  afterAll(async () => {
    for (const client of [get().s3, get().sagemaker, get().logs]) client.destroy()
    await get().simulator.close()
    await get().registry.close()
  })
  return {
    get simulator() {
      return get().simulator
    },
    get registry() {
      return get().registry
    },
    get sagemaker() {
      return get().sagemaker
    },
    get logs() {
      return get().logs
    },
    get s3() {
      return get().s3
    },
    get image() {
      return get().image
    },
    follow: () => get().follow(),
  }
}

let count = 0

/** A name that no other job of the file has. */
export function newName(): string {
  count += 1
  return `job-${count}`
}

/** A request that is in order, for a job that runs a program of JavaScript. */
export function jobRequest(
  { image }: { readonly image: string },
  code: string = 'console.log("hello")',
  changes: Partial<CreateTrainingJobCommandInput> = {},
): CreateTrainingJobCommandInput {
  const pieces =
    Buffer.from(code)
      .toString('base64')
      .match(/.{1,500}/g) ?? []
  const environment = Object.fromEntries(
    pieces.map((piece, index) => [`CODE_${String(index).padStart(3, '0')}`, piece]),
  )
  return {
    TrainingJobName: newName(),
    RoleArn: ROLE,
    AlgorithmSpecification: {
      TrainingImage: image,
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['node', '/opt/sidestep/job.mjs'],
    },
    OutputDataConfig: { S3OutputPath: 's3://lake/out' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    ...changes,
    Environment: { ...environment, ...changes.Environment },
  }
}

/** Creates a job and waits for its end, by a clock that runs. */
export async function run(
  { sagemaker }: Pick<Cloud, 'sagemaker'>,
  request: CreateTrainingJobCommandInput,
): Promise<DescribeTrainingJobCommandOutput> {
  await sagemaker.send(new CreateTrainingJobCommand(request))
  return reach({ sagemaker }, request.TrainingJobName, ({ TrainingJobStatus: status }) =>
    ['Completed', 'Failed', 'Stopped'].includes(status ?? ''),
  )
}

/** Asks until a job is as wanted. Throws after a while. */
export async function reach(
  { sagemaker }: Pick<Cloud, 'sagemaker'>,
  name: string | undefined,
  is: (job: DescribeTrainingJobCommandOutput) => boolean,
): Promise<DescribeTrainingJobCommandOutput> {
  for (const deadline = performance.now() + 30_000; ; await sleep(10)) {
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))
    if (is(job)) return job
    if (performance.now() > deadline) throw new Error(`waited in vain: ${JSON.stringify(job)}`)
  }
}

/** Its name and its message. */
export async function errorOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  )
}
