import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { cluster, providerJobId } from '../../src/runtime.ts'
import { placeInContainer } from '../../src/runtime/place-in-container.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sidestep-cluster-'))
  vi.stubEnv('SIDESTEP_FS_ROOT', root)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(root, { recursive: true })
  })
})

async function say(content: unknown): Promise<void> {
  const folder = join(root, 'opt/ml/input/config')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'resourceconfig.json'), typeof content === 'string' ? content : JSON.stringify(content))
}

test('where nothing is said, there is one machine', () => {
  expect(cluster()).toEqual({ rank: 0, size: 1 })
})

test('ranks follow the numbers of the hosts, so algo-1 is the first and every machine has its own', async () => {
  const hosts = Array.from({ length: 12 }, (_, index) => `algo-${index + 1}`)
  const ranks: number[] = []
  for (const host of hosts) {
    // As SageMaker sorts them: as text.
    await say({ current_host: host, hosts: hosts.toSorted(), network_interface_name: 'eth0' })
    const { rank, size } = cluster()
    expect(size).toBe(12)
    ranks.push(rank)
  }
  expect(ranks).toEqual(Array.from({ length: 12 }, (_, index) => index))
})

test.for([
  ['is no JSON', '{'],
  ['has no hosts', { current_host: 'algo-1' }],
  ['has hosts that are no texts', { current_host: 'algo-1', hosts: [1] }],
  ['does not know its own host', { current_host: 'algo-3', hosts: ['algo-1', 'algo-2'] }],
  ['is empty', ''],
  ['is null', null],
] as const)('a file that %s makes nobody the first machine', async ([, content]) => {
  await say(content)
  expect(() => cluster()).toThrow(/resourceconfig\.json does not say which machine of the job this is/)
})

test('the job is known by its ARN', () => {
  vi.stubEnv('TRAINING_JOB_NAME', 'name')
  expect(providerJobId()).toBe('name')
  vi.stubEnv('TRAINING_JOB_ARN', 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/name')
  expect(providerJobId()).toBe('arn:aws:sagemaker:eu-west-1:123456789012:training-job/name')
})

test('places of a container are below the root that stands for its own', () => {
  expect(placeInContainer('/opt/ml/output/failure')).toBe(join(root, 'opt/ml/output/failure'))
  vi.stubEnv('SIDESTEP_FS_ROOT', undefined)
  expect(placeInContainer('/opt/ml/output/failure')).toBe('/opt/ml/output/failure')
})
