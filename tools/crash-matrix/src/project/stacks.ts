import { join } from 'node:path'

import { Stack } from '@sidestep/core'
import { local, localArtifactStore } from '@sidestep/local'

import { awsStacks, awsPlaces } from './aws.ts'
import { containerStacks } from './containers.ts'
import { cloud } from './cloud-operator.ts'
import { faultyStore } from './faulty-store.ts'

// In a job there is none, and nothing is opened.
const home = process.env['SIDESTEP_HOME'] ?? '/'
const path = join(home, 'store')
const control = join(home, 'store-control')
const { MATRIX_ENGINE: engine, MATRIX_REGISTRY: address, MATRIX_BASE: base } = process.env
/** Each attempt gets two jobs: the answer to its first create is lost, and that job shows later than it is looked for. */
const jobs = { home, losesAnswers: true }

/** All keep their objects in the same place, so that the driver reads them in one way. */
export const stacks: readonly Stack[] = [
  new Stack({ name: 'plain', artifactStore: localArtifactStore({ path }), stepOperators: { here: local({ home }) } }),
  new Stack({
    name: 'faulty',
    artifactStore: faultyStore({ path, control }),
    stepOperators: { here: local({ home }) },
  }),
  new Stack({ name: 'cloud', artifactStore: faultyStore({ path, control }), stepOperators: { there: cloud(jobs) } }),
  new Stack({
    name: 'without-adoption',
    artifactStore: faultyStore({ path, control }),
    stepOperators: { there: cloud({ ...jobs, finds: false }) },
  }),
  new Stack({
    name: 'without-owner',
    artifactStore: faultyStore({ path, control, without: 'owner' }),
    stepOperators: { there: cloud(jobs) },
  }),
  new Stack({
    name: 'without-put-if-absent',
    artifactStore: faultyStore({ path, control, without: 'put-if-absent' }),
    stepOperators: { there: cloud(jobs) },
  }),
  ...(engine === undefined || address === undefined || base === undefined
    ? []
    : containerStacks(home, { engine, address, base })),
  ...(awsPlaces === undefined ? [] : awsStacks(awsPlaces)),
]
