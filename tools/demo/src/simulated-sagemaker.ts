import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { pushStandInBase } from '@sidestep/containers/stand-in-base'
import { startOciRegistry, startSimulator, type Call, type Simulator } from '@sidestep/simulators'

import type { Jobs } from './read-arguments.ts'
import { WrongInput } from './wrong-input.ts'

const BUCKET = 'penguins'
const ROLE = 'arn:aws:iam::123456789012:role/penguins'
const NODE_IMAGE = 'node:24-slim'

/** What the simulated jobs are. */
export interface SimulatedSagemakerOptions {
  /** `process` needs nothing. `container` needs a Docker engine, and a base with Node.js. Default: `process`. */
  readonly jobs?: Jobs
  /** What images are built on. Default: with processes a stand-in without files, with containers `node:24-slim`. */
  readonly base?: string
}

/** A simulated account with all that the stack `sagemaker` needs. */
export interface SimulatedSagemaker {
  /** What the stack of examples/penguins/sidestep.yaml reads. */
  readonly environment: Readonly<Record<string, string>>
  /** What is simulated, in lines. */
  readonly description: readonly string[]
  /** In the order they came. */
  readonly calls: readonly Call[]
  /** Ends its jobs, frees its ports and removes its files. */
  close(): Promise<void>
}

/** Starts the simulator of AWS with a bucket, and a registry for the base. Rejects with `WrongInput` where containers are asked for and cannot be had. */
export async function simulatedSagemaker(options: SimulatedSagemakerOptions): Promise<SimulatedSagemaker> {
  const { jobs = 'process', base } = options
  const simulator = await startSimulator('aws', { jobs })
  const ends = [async () => simulator.close()]
  const close = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end()
  }
  try {
    const how = await describeJobs(simulator, options.jobs)
    await makeBucket(simulator.environment)
    const needsStandIn = base === undefined && jobs === 'process'
    const hub = needsStandIn ? await startOciRegistry() : undefined
    if (hub !== undefined) ends.push(async () => hub.close())
    const parentImage = hub === undefined ? (base ?? NODE_IMAGE) : await pushStandInBase(hub.host)
    return {
      environment: {
        ...simulator.environment,
        SAGEMAKER_ROLE: ROLE,
        SAGEMAKER_BUCKET: BUCKET,
        SAGEMAKER_REGISTRY: simulator.registry ?? '',
        SAGEMAKER_BASE: parentImage,
      },
      description: [
        `AWS is simulated at ${simulator.endpoint}, and its container registry at ${simulator.registry}: no account, no cost`,
        how,
        needsStandIn
          ? `images are built on a stand-in for ${NODE_IMAGE}, which has no files`
          : `images are built on ${parentImage}`,
      ],
      calls: simulator.calls,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function describeJobs(simulator: Simulator, asked: Jobs | undefined): Promise<string> {
  try {
    const how = await simulator.describeJobs()
    return asked === undefined ? how.replace('(as asked)', '(--jobs container makes them containers)') : how
  } catch (error) {
    if (asked !== 'container') throw error
    const hint = 'Start a Docker engine whose containers reach 127.0.0.1 of this machine, or use --jobs process.'
    throw new WrongInput(error instanceof Error ? error.message : String(error), hint, { cause: error })
  }
}

/** By the SDK, as one would in an account. */
async function makeBucket({
  AWS_ENDPOINT_URL: endpoint = '',
  AWS_REGION: region = '',
}: Readonly<Record<string, string>>): Promise<void> {
  const credentials = { accessKeyId: 'owner', secretAccessKey: 'owner' }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  try {
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  } finally {
    client.destroy()
  }
}
