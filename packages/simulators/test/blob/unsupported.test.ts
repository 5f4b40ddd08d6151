import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startSimulator, type Simulator } from '../../src/simulator.ts'
import { call } from '../support/call.ts'
import { clientOf, failure, newContainer } from './azure.ts'

let simulator: Simulator
let container: ContainerClient
let blob: BlockBlobClient
beforeAll(async () => {
  simulator = await startSimulator('azure')
  container = await newContainer(clientOf(simulator))
  blob = container.getBlockBlobClient('a')
  await blob.upload('hello', 5)
})
afterAll(async () => simulator.close())

const QUERY = '400 UnsupportedQueryParameter'
const CALLS: Readonly<Record<string, readonly [string, () => Promise<unknown>]>> = {
  lease: [QUERY, async () => blob.getBlobLeaseClient().acquireLease(15)],
  tags: [QUERY, async () => blob.getTags()],
  'tags that are set': [QUERY, async () => blob.setTags({ a: 'b' })],
  'access policy': [QUERY, async () => container.getAccessPolicy()],
  tier: [QUERY, async () => blob.setAccessTier('Cool')],
  snapshot: [QUERY, async () => blob.createSnapshot()],
  undelete: [QUERY, async () => blob.undelete()],
  'a block of a link': ['400 UnsupportedHeader', async () => blob.stageBlockFromURL('AA==', blob.url)],
  'properties of the service': [QUERY, async () => clientOf(simulator).getProperties()],
  statistics: [QUERY, async () => clientOf(simulator).getStatistics()],
  'a batch': [QUERY, async () => clientOf(simulator).getBlobBatchClient().deleteBlobs([blob])],
}

test.for(Object.entries(CALLS))('%s is refused, and not said not to be there', async ([, [answer, ask]]) => {
  expect(await failure(ask())).toBe(answer)
  expect(simulator.calls.at(-1)).toMatchObject({ service: 'blob', operation: 'Unsupported' })
})

test('a method that nothing has', async () => {
  expect((await call(blob.url, { method: 'PATCH' })).status).toBe(405)
})

test.for(['2099-01-01', '2008-01-01', '2025-13-01', 'x'])('the version %s is refused', async (version) => {
  const answer = await call(blob.url, { headers: { 'x-ms-version': version } })
  expect([answer.status, answer.headers['x-ms-error-code']]).toEqual([400, 'InvalidHeaderValue'])
})
