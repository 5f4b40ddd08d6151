import { setTimeout as sleep } from 'node:timers/promises'

import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker'
import { pushStandInBase } from '@sidestep/containers/stand-in-base'
import { Stack } from '@sidestep/core'
import { oci } from '@sidestep/images'
import { startOciRegistry, startSimulator, type Fault, type OciRegistry, type Simulator } from '@sidestep/simulators'
import { afterAll, beforeAll } from 'vitest'

import { ecr, s3, sagemaker } from '../../src/index.ts'
import type { SagemakerSettings } from '../../src/sagemaker-config.ts'
import { LeapingClock } from './leaping-clock.ts'
import { makeBucket, REGION } from './s3-bucket.ts'

const BUCKET = 'lake'
const CREATE = 'sagemaker.CreateTrainingJob'
/** What a spot job may take in all: no step of the suite may run for longer. When it is over, AWS's clock is off by as much. */
const MAX_WAIT_MS = 3_600_000
/** Nobody finds machines again before a job has waited for too long. */
const INTERRUPTED_MS = 2 * MAX_WAIT_MS

/** How often its state is asked for, in milliseconds. */
const LOOK_MS = 250
const MOST_LOOKS = 120

/** An account of AWS, simulated, with jobs that run as processes. */
export interface SimulatedAccount {
  /** With which its spot jobs can be made to wait for too long. */
  readonly settings: SagemakerSettings
  /** A stack on it, whose objects are below `name`. */
  stack(name: string): Stack
  /** The next call of each service is told that its credentials have expired. */
  expireCredentials(): void
  /** What it does to the next job, by what comes of it. */
  readonly provoke: Readonly<Record<'quota' | 'capacity' | 'auth' | 'preempted' | 'oom', () => void>>
}

/** Opens it before the tests of a file, and closes it after them: whatever was asked of it must have happened. */
export function simulatedAccount(): SimulatedAccount {
  const clock = new LeapingClock()
  let parts: { readonly simulator: Simulator; readonly bases: OciRegistry; readonly base: string } | undefined
  const get = (): NonNullable<typeof parts> => {
    if (parts === undefined) throw new Error('the account is not open yet')
    return parts
  }
  const meet = (...faults: readonly Omit<Fault, 'operation'>[]): void => {
    get().simulator.addFaults(...faults.map((fault) => ({ ...fault, operation: CREATE })))
  }
  beforeAll(async () => {
    const jobDelays = { interruptedMs: INTERRUPTED_MS }
    const [simulator, bases] = [
      await startSimulator('aws', { clock, jobs: 'process', jobDelays }),
      await startOciRegistry(),
    ]
    parts = { simulator, bases, base: await pushStandInBase(bases.host) }
    await makeBucket(simulator, BUCKET)
  })
  afterAll(async () => {
    await parts?.bases.close()
    await parts?.simulator.close()
  })
  return {
    settings: { useSpot: true, maxWait: MAX_WAIT_MS },
    stack: (name) => {
      const { simulator, base } = get()
      const place = { region: REGION, endpoint: simulator.endpoint }
      const role = 'arn:aws:iam::123456789012:role/steps'
      return new Stack({
        name: 'aws',
        artifactStore: s3({ uri: `s3://${BUCKET}/${name}`, ...place }),
        containerRegistry: ecr({ uri: `${simulator.registry}/steps`, ...place }),
        imageBuilder: oci({ parentImage: base }),
        stepOperators: { gpu: sagemaker({ role, ...place, pollInterval: '500ms', stopGrace: '5s' }) },
      })
    },
    expireCredentials: () => {
      const { simulator } = get()
      simulator.clearFaults()
      simulator.addFaults(
        { operation: 'sagemaker.*', kind: 'expired-token' },
        { operation: 'logs.*', kind: 'expired-token' },
      )
    },
    provoke: {
      quota: () => meet({ kind: 'capacity' }),
      capacity: () => meet({ kind: 'no-capacity' }),
      auth: () => meet({ kind: 'expired-token', times: 2 }),
      oom: () => meet({ kind: 'oom', delayMs: 500 }),
      preempted: () => {
        meet({ kind: 'interruption', delayMs: 500 })
        const { length } = get().simulator.jobs
        void untilInterrupted(get().simulator, length).then(() => clock.leap(MAX_WAIT_MS))
      },
    },
  }
}

/** Until the job that comes after so many others waits for machines again: what it had has ended, so none of the time to come is its own. */
async function untilInterrupted(simulator: Simulator, before: number): Promise<void> {
  const credentials = { accessKeyId: 'owner', secretAccessKey: 'owner' }
  const client = new SageMakerClient({ endpoint: simulator.endpoint, region: REGION, credentials })
  try {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      await sleep(LOOK_MS)
      const job = simulator.jobs[before]
      if (job?.faults.includes('interruption') !== true) continue
      const { SecondaryStatus: status } = await client.send(
        new DescribeTrainingJobCommand({ TrainingJobName: job.name }),
      )
      if (status === 'Interrupted') return
    }
    throw new Error('no spot job lost its machine')
  } finally {
    client.destroy()
  }
}
