import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { startSimulator } from '../../src/simulator.ts'
import { blobScenario, type Observations } from './blob-scenario.ts'
import { gcsScenario } from './gcs-scenario.ts'
import { s3Scenario } from './s3-scenario.ts'

/** Another implementation of a dialect, where one is at hand. */
interface Peer {
  readonly name: string
  /** The variable that says where it is. */
  readonly variable: string
  /** How one is started. */
  readonly how: string
  readonly cloud: 'aws' | 'gcp' | 'azure'
  /** `endpoint`: of the peer as the variable has it, or of the simulator. */
  readonly observe: (endpoint: string, name: string) => Promise<Observations>
  /** What the cloud documents. */
  readonly documented: Observations
  /** What the peer is known to do otherwise than the cloud, and so than the simulator. */
  readonly differences: Observations
}

const S3_KEYS = {
  accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'simulator',
  secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'simulator',
}

const PEERS: readonly Peer[] = [
  {
    name: 'azurite',
    variable: 'SIDESTEP_TEST_AZURITE',
    how: 'npx azurite-blob --inMemoryPersistence --skipApiVersionCheck, and http://127.0.0.1:10000',
    cloud: 'azure',
    observe: async (endpoint, name) => blobScenario(`${endpoint}/devstoreaccount1`, name),
    documented: {
      'nothing in no container': '404 ContainerNotFound',
      'put if absent': 201,
      'put if absent, of what is there': '409 BlobAlreadyExists',
      'put if unchanged, of what has changed': '412 ConditionNotMet',
      'a range beyond': '416 InvalidRange',
      'what is not there': '404 BlobNotFound',
      'wrong bytes': '400 Md5Mismatch',
      blocks: 'one two',
      'a block that is not there': '400 InvalidBlockList',
      'an append where the end is not': '412 AppendPositionConditionNotMet',
      pages: [4, 2],
    },
    differences: {},
  },
  {
    name: 'another S3 (moto or MinIO)',
    variable: 'SIDESTEP_TEST_S3',
    how: 'moto_server -p 5555, and http://127.0.0.1:5555; keys of MinIO as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    cloud: 'aws',
    observe: async (endpoint, name) => s3Scenario(endpoint, name, S3_KEYS),
    documented: {
      'nothing in no bucket': '404 NoSuchBucket',
      'put if absent': '"5d41402abc4b2a76b9719d911017c592"',
      'put if absent, of what is there': '412 PreconditionFailed',
      'a range beyond': '416 InvalidRange',
      'what is not there': '404 NoSuchKey',
      'a bucket that is not empty': '409 BucketNotEmpty',
      'parts that are too small': '400 EntityTooSmall',
      'a list': [['a', 'b', 'z'], ['dir/'], 4],
      'a page': [true, 2, false, ['dir/x', 'dir/ü', 'z']],
      'a delete of none': 204,
    },
    differences: {},
  },
  {
    name: 'fake-gcs-server',
    variable: 'SIDESTEP_TEST_GCS',
    how: 'fake-gcs-server -scheme http -port 4443 -backend memory, and http://127.0.0.1:4443',
    cloud: 'gcp',
    observe: gcsScenario,
    documented: {
      'nothing in no bucket': '404',
      'a bucket twice': '409',
      'put if absent': 'done',
      'put if absent, of what is there': '412',
      'put if unchanged, of what has changed': '412',
      'the bytes': 'hello',
      'a range': 'ell',
      'what is not there': '404',
      'a resumable upload': 600_000,
      'a bucket that is not empty': '409',
    },
    differences: {},
  },
]

describe.for(PEERS)('$name and the simulator', ({ variable, how, cloud, observe, documented, differences }) => {
  const endpoint = process.env[variable] ?? ''
  const because = endpoint === '' ? ` (skipped: ${variable} is not set; start one by: ${how})` : ''
  const name = `cross-check-${randomBytes(6).toString('hex')}`

  test.skipIf(endpoint === '')(`answer the same${because}`, async () => {
    await using simulator = await startSimulator(cloud)
    const [theirs, ours] = [await observe(endpoint, name), await observe(simulator.endpoint, name)]
    expect(theirs).toEqual({ ...ours, ...differences })
  })

  test('the simulator answers as the cloud says it does', async () => {
    await using simulator = await startSimulator(cloud)
    expect(await observe(simulator.endpoint, name)).toMatchObject(documented)
  })
})
