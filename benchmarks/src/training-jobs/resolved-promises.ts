import { setTimeout as sleep } from 'node:timers/promises'

import { pushStandInBase } from '@sidestep/containers/stand-in-base'
import { pipeline, Stack, step, type Pipeline, type Step } from '@sidestep/core'
import { oci } from '@sidestep/images'
import { ecr, s3, sagemaker } from '@sidestep/sagemaker'
import { startOciRegistry, startSimulator } from '@sidestep/simulators'

import { temporaryHome } from '../home.ts'
import { BUCKET, makeBucket, REGION, ROLE } from './account.ts'

/** In milliseconds: looks at a job are as rare as they get when it ends. */
const JOBS_MS = [95_000, 98_500, 102_000, 105_500, 109_000]

const works: Step<number, Promise<void>> = step({ name: 'works', stepOperator: true }, async (ms: number) => sleep(ms))

/** When each step's promise was resolved, by this machine's clock. */
const several: Pipeline<readonly number[], readonly number[]> = pipeline(
  'works',
  async (durations: readonly number[]) =>
    Promise.all(
      durations.map(async (ms) => {
        await works(ms)
        return Date.now()
      }),
    ),
  { module: import.meta.url },
)

/** How long jobs that really run have ended when the promises of their steps are resolved, in milliseconds. */
export async function resolvedAfterMs(): Promise<readonly number[]> {
  using _home = temporaryHome()
  const bases = await startOciRegistry()
  const simulator = await startSimulator('aws', { jobs: 'process' })
  try {
    await makeBucket(simulator)
    const place = { region: REGION, endpoint: simulator.endpoint }
    const stack = new Stack({
      name: 'bench',
      artifactStore: s3({ uri: `s3://${BUCKET}`, ...place }),
      containerRegistry: ecr({ uri: `${simulator.registry}/bench`, ...place }),
      imageBuilder: oci({ parentImage: await pushStandInBase(bases.host) }),
      stepOperators: { gpu: sagemaker({ role: ROLE, ...place }) },
    })
    const resolved = await several.run(JOBS_MS, { stack })
    // They begin together, and end in the order of how long they work.
    const ends = simulator.jobs.map(({ endedAt = NaN }) => endedAt).toSorted((a, b) => a - b)
    return resolved.map((at, index) => at - (ends[index] ?? NaN))
  } finally {
    await simulator.close()
    await bases.close()
  }
}
