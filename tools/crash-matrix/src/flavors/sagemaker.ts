import { basename, dirname } from 'node:path'

import { pushStandInBase } from '@sidestep/containers/stand-in-base'
import { startOciRegistry } from '@sidestep/simulators'

import type { MatrixFlavor } from '../flavor.ts'
import type { Provider } from '../operator-under-test.ts'
import { POINTS } from '../points.ts'
import { PROVIDER_FAULTS } from '../scenarios/provider-faults.ts'
import { kill, local, pids, readProc } from './local.ts'
import { BUCKET, REGION, SimulatedAws } from './simulated-aws.ts'

/** Two types of machines: where one is not to be had, the next is taken. */
const TYPES = ['ml.m5.large', 'ml.m5.xlarge'] as const
const SETTINGS: Readonly<Record<string, object>> = {
  sagemaker: { instanceTypes: TYPES },
  spot: { instanceTypes: TYPES, useSpot: true, maxWait: '10m' },
}
const OTHERWISE = 'its objects are in S3, whose faults are those of s3-throttled, s3-errors, s3-resets and s3-slow'

/** Jobs are training jobs of a simulated SageMaker, which runs them as processes; each trial has an AWS of its own. */
export async function openSagemaker(): Promise<MatrixFlavor> {
  const bases = await startOciRegistry()
  const base = await pushStandInBase(bases.host)
  const open = new Map<string, SimulatedAws>()
  const awsOf = (home: string): SimulatedAws => {
    const aws = open.get(home)
    if (aws === undefined) throw new Error(`nothing was started for ${home}`)
    return aws
  }
  return {
    name: 'sagemaker',
    stacks: Object.keys(SETTINGS),
    insteadOf: {},
    scenarios: PROVIDER_FAULTS,
    without: {
      'lost-answers': "a training job's name is taken once: lost-create loses the answers of creates",
      'half-created': 'a training job is created and started by one call: late-create has those that come late',
      'budget-queue': 'packages are part of the image, which is there before the budgets of a job count',
      'cancel-provisioning': 'packages are part of the image: cancel-build is the same for that',
      supervisor: 'what answers for a training job is SageMaker itself: machine-lost is the next to that',
      restart: 'SageMaker starts a job anew where its machine is taken away: interruption does that',
      'store-refuses': OTHERWISE,
      'store-fails': OTHERWISE,
      'store-slow': OTHERWISE,
    },
    points: POINTS,
    pace: 2,
    restartsUnseen: false,
    // Exit code 137 is what SageMaker says of a process that was killed for its memory, too.
    killedAs: 'oom',
    begin: async (home, seed) => {
      open.set(home, await SimulatedAws.start(home, seed))
    },
    environment: (stack, home) => {
      const { endpoint, registry = '' } = awsOf(home).simulator
      return {
        MATRIX_AWS: JSON.stringify({
          endpoint,
          region: REGION,
          registry: `${registry}/${basename(dirname(home))}`,
          bucket: BUCKET,
          base,
          settings: SETTINGS[stack ?? ''] ?? {},
        }),
      }
    },
    openStore: (home) => awsOf(home).store,
    jobs: async (home) => awsOf(home).jobs(),
    provider: (home): Provider => {
      const aws = awsOf(home)
      return {
        addFaults: (...faults) => aws.addFaults(...faults),
        unmetFaults: () => aws.unmetFaults(),
      }
    },
    killSupervisor: async () => false,
    killEntrypoint: async (_home, { name }) =>
      entrypointsOf(name)
        .map((pid) => kill(pid, 'SIGKILL'))
        .some(Boolean),
    restart: async () => {
      throw new Error('nobody starts a training job anew')
    },
    byHand: {
      stop: async ({ name }, home) => {
        await awsOf(home).stop(name)
        return async () => {}
      },
    },
    killAll: async (home) => {
      await local.killAll(home)
      const aws = open.get(home)
      open.delete(home)
      await aws?.close()
    },
    close: async () => {
      await Promise.all([...open.values()].map(async (aws) => aws.close()))
      await bases.close()
    },
  }
}

/** The first processes of a job's machines: each leads a group. */
function entrypointsOf(name: string): readonly number[] {
  return pids().filter(
    (pid) => isLeader(pid) && readProc(pid, 'environ').split('\0').includes(`TRAINING_JOB_NAME=${name}`),
  )
}

function isLeader(pid: number): boolean {
  const stat = readProc(pid, 'stat')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === pid
}
