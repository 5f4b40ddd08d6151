import { Readable } from 'node:stream'

import type { StoredObject } from '@sidestep/core'
import { expect, it } from 'vitest'

import { S3ArtifactStore } from '../../src/store/s3-artifact-store.ts'
import { makeBucket, openUploads, REGION } from '../support/s3-bucket.ts'
import { startedAws } from '../support/started-aws.ts'
import { page, twistingProxy, type Answer, type PassingCall } from '../support/twisting-proxy.ts'

const aws = startedAws(async (simulator) => makeBucket(simulator, 'lake'))
const NOTHING: Answer = { status: 200, body: '' }
const MIB = 2 ** 20
let stores = 0

async function listed(objects: AsyncIterable<StoredObject>): Promise<readonly StoredObject[]> {
  const list: StoredObject[] = []
  for await (const object of objects) list.push(object)
  return list
}

/** Two ways to one place: with something between, and without. */
async function stored(
  twist: (call: PassingCall) => Promise<Answer | 'cut' | undefined> | Answer | 'cut' | undefined,
): Promise<{ readonly store: S3ArtifactStore; readonly there: S3ArtifactStore; readonly calls: readonly string[] }> {
  const { endpoint, calls } = await twistingProxy(aws.endpoint, twist)
  stores += 1
  const at = (url: string): S3ArtifactStore =>
    new S3ArtifactStore({ uri: `s3://lake/hostile-${stores}`, region: REGION, endpoint: url })
  return { store: at(endpoint), there: at(aws.endpoint), calls }
}

// Two jobs were told that they own one attempt.
it.each<[string, Answer]>([
  ['a page', page(200)],
  ['nothing', NOTHING],
])('a write that is answered with %s and the status 200 has not succeeded, and is tried again', async (_, answer) => {
  const { store, there } = await stored(({ n }) => (n === 1 ? answer : undefined))
  await expect(store.putIfAbsent('claim', Buffer.from('mine'))).resolves.toBe(true)
  expect(await there.get('claim')).toEqual(Buffer.from('mine'))
})

it('of a write that was done and answered with a page nobody knows whose it is', async () => {
  const { store } = await stored(async ({ n, forward }) => {
    if (n > 1) return undefined
    await forward()
    return page(200)
  })
  await expect(store.putIfAbsent('claim', Buffer.from('mine'))).rejects.toMatchObject({
    kind: 'infra',
    message: expect.stringContaining('is not known') as string,
  })
})

it.each<[string, Answer]>([
  ['a page', page(200)],
  ['nothing', NOTHING],
])('%s with the status 200 is no object, and no list', async (_, answer) => {
  const { store, there, calls } = await stored(({ n }) => (n === 1 ? answer : undefined))
  await there.put('known', Buffer.from('x'))
  expect(await store.get('known')).toEqual(Buffer.from('x'))
  expect(await listed(store.list(''))).toEqual([{ key: 'known', size: 1 }])
  expect(calls).toEqual(['GetObject', 'GetObject', 'ListObjectsV2', 'ListObjectsV2'])
})

it('pages alone are an error that says what has come', async () => {
  const { store, calls } = await stored(() => page(200))
  await expect(store.get('known')).rejects.toMatchObject({
    code: 'STORE_FAILED',
    kind: 'infra',
    message: expect.stringContaining('the answer had the status 200, and was none of S3') as string,
  })
  expect(calls).toHaveLength(4)
})

it('an upload of which each first call meets a page is whole', async () => {
  const { store, there } = await stored(({ n }) => (n === 1 ? page(200) : undefined))
  const bytes = Buffer.alloc(7 * MIB, 'penguin')
  await expect(store.put('large', Readable.from([bytes]))).resolves.toBe(bytes.length)
  expect(Buffer.compare((await there.get('large')) ?? Buffer.of(), bytes)).toBe(0)
  expect(await openUploads(aws.simulator, 'lake')).toBe(0)
})

it('a list whose pages lead back to one that was there before ends with an error', async () => {
  const list = `<?xml version="1.0"?><ListBucketResult><Name>lake</Name><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>`
  const { store, calls } = await stored(() => ({ status: 200, body: list }))
  await expect(listed(store.list('runs/'))).rejects.toMatchObject({ code: 'STORE_FAILED', kind: 'infra' })
  expect(calls.length).toBeLessThanOrEqual(3)
})
