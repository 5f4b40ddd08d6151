import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { SidestepError } from '@sidestep/core'

import type { S3Config } from '../../src/store/s3-config.ts'
import { S3ArtifactStore } from '../../src/store/s3-artifact-store.ts'
import { cuttingProxy } from '../support/cutting-proxy.ts'
import { makeBucket, openUploads, REGION, s3Client } from '../support/s3-bucket.ts'
import { startedAws } from '../support/started-aws.ts'

const MIB = 2 ** 20
const aws = startedAws(async (simulator) => {
  await makeBucket(simulator, 'artifacts')
  await makeBucket(simulator, 'elsewhere', 'us-west-2')
})
beforeEach(() => {
  aws.simulator.clearFaults()
  aws.simulator.clearCalls()
})

let number = 0
function open(config: Partial<S3Config> = {}): S3ArtifactStore {
  number += 1
  return new S3ArtifactStore({ uri: `s3://artifacts/${number}`, region: REGION, endpoint: aws.endpoint, ...config })
}

async function* pieces(bytes: Uint8Array, size: number = MIB): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function callsOf(operation: string): number {
  return aws.simulator.calls.filter((call) => call.operation === operation).length
}

async function failureOf(promise: Promise<unknown>): Promise<SidestepError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!SidestepError.isInstance(error)) throw new Error(`it did not fail with an error of Sidestep: ${String(error)}`)
  return error
}

test('a stream that fits into one part is one call, whatever its pieces', async () => {
  const store = open()
  await store.put('small', pieces(randomBytes(100_000), 1_000))
  expect(callsOf('PutObject')).toBe(1)
  expect(callsOf('CreateMultipartUpload')).toBe(0)
})

test('a long stream goes part by part, over answers that are lost and throttling', async () => {
  const store = open()
  const bytes = randomBytes(17 * MIB)
  aws.simulator.addFaults(
    { operation: 's3.CreateMultipartUpload', kind: 'throttle', times: 2 },
    { operation: 's3.UploadPart', kind: 'reset-after' },
    { operation: 's3.UploadPart', kind: 'reset-before', times: 2 },
    { operation: 's3.UploadPart', kind: 'server-error' },
    { operation: 's3.CompleteMultipartUpload', kind: 'reset-after' },
  )
  expect(await store.put('large', pieces(bytes))).toBe(bytes.length)
  expect(aws.simulator.unmetFaults).toEqual([])
  expect(Buffer.compare((await store.get('large')) ?? new Uint8Array(), bytes)).toBe(0)
  expect(await openUploads(aws.simulator, 'artifacts')).toBe(0)
})

test('a part that cannot be sent ends the stream at once, and leaves no parts', async () => {
  const store = open()
  aws.simulator.addFaults({ operation: 's3.UploadPart', kind: 'expired-token' })
  let given = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; given < 1_000; given += 1) yield randomBytes(MIB)
  }
  const error = await failureOf(store.put('large', endless()))
  expect(error).toMatchObject({ kind: 'auth', code: 'STORE_FAILED' })
  expect(given).toBeLessThan(40)
  expect(await openUploads(aws.simulator, 'artifacts')).toBe(0)
  expect(await store.stat('large')).toBeUndefined()
})

test('a source that fails leaves no parts and no object', async () => {
  const store = open()
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield* pieces(randomBytes(11 * MIB))
    throw new Error('the disk is gone')
  }
  const error = await failureOf(store.put('large', broken()))
  expect(error.message).toContain('the disk is gone')
  expect(await openUploads(aws.simulator, 'artifacts')).toBe(0)
  expect(await store.stat('large')).toBeUndefined()
})

test('that parts could not be removed is said', async () => {
  const store = open()
  aws.simulator.addFaults(
    { operation: 's3.UploadPart', kind: 'expired-token' },
    { operation: 's3.AbortMultipartUpload', kind: 'expired-token' },
  )
  const error = await failureOf(store.put('large', pieces(randomBytes(11 * MIB))))
  expect(error.message).toMatch(/^could not write s3:.*ExpiredToken.*the parts of the upload are left in the bucket/)
  expect(error.hint).toContain('aws sso login')
})

test('of two that write one object, each is told who has won', async () => {
  const [one, other] = [open(), open({ uri: `s3://artifacts/${number + 1}` })]
  const same = new S3ArtifactStore(one.config)
  expect(await one.putIfAbsent('owner.json', Buffer.from('one'))).toBe(true)
  expect(await same.putIfAbsent('owner.json', Buffer.from('two'))).toBe(false)
  expect(await other.putIfAbsent('owner.json', Buffer.from('three'))).toBe(true)
  expect(Buffer.from((await one.get('owner.json')) ?? []).toString()).toBe('one')
})

test('after an answer that was lost, nobody is told that another one has won', async () => {
  const store = open()
  aws.simulator.addFaults({ operation: 's3.PutObject', kind: 'reset-after' })
  const error = await failureOf(store.putIfAbsent('owner.json', Buffer.from('mine')))
  expect(error).toMatchObject({ kind: 'infra', code: 'STORE_FAILED' })
  expect(error.message).toContain('is not known: an answer was lost')
  expect(Buffer.from((await store.get('owner.json')) ?? []).toString()).toBe('mine')
})

test('a read goes on where its connection broke off', async () => {
  const bytes = randomBytes(3 * MIB)
  const direct = open()
  await direct.put('large', bytes)
  const proxy = await cuttingProxy(aws.endpoint, { cuts: 3, bytes: 500_000 })
  const store = new S3ArtifactStore({ ...direct.config, endpoint: proxy.endpoint })
  expect(Buffer.compare((await store.get('large')) ?? new Uint8Array(), bytes)).toBe(0)
  expect(proxy.ranges).toHaveLength(4)
  expect(proxy.ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
})

test('a read does not go on with another object', async () => {
  const direct = open()
  await direct.put('large', randomBytes(3 * MIB))
  const replace = async (): Promise<unknown> => direct.put('large', randomBytes(3 * MIB))
  const proxy = await cuttingProxy(aws.endpoint, { cuts: 1, bytes: 500_000, onCut: replace })
  const store = new S3ArtifactStore({ ...direct.config, endpoint: proxy.endpoint })
  const error = await failureOf(store.get('large'))
  expect(error).toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining('PreconditionFailed') as string,
  })
})

test('a read does not go on with what comes from its start again', async () => {
  const direct = open()
  await direct.put('large', randomBytes(3 * MIB))
  const proxy = await cuttingProxy(aws.endpoint, { cuts: 1, bytes: 500_000, isWhole: true })
  const store = new S3ArtifactStore({ ...direct.config, endpoint: proxy.endpoint })
  expect(await failureOf(store.get('large'))).toMatchObject({
    code: 'STORE_FAILED',
    kind: 'infra',
    message: expect.stringMatching(/broke off after \d+ bytes/) as string,
  })
})

test('a read that always breaks off without a byte ends as an error', async () => {
  const direct = open()
  await direct.put('large', randomBytes(3 * MIB))
  const proxy = await cuttingProxy(aws.endpoint, { cuts: 100, bytes: 0 })
  const store = new S3ArtifactStore({ ...direct.config, endpoint: proxy.endpoint })
  expect(await failureOf(store.get('large'))).toMatchObject({ code: 'STORE_FAILED', kind: 'infra' })
})

test('an empty object is there', async () => {
  const store = open()
  await store.put('empty', new Uint8Array())
  expect(await store.stat('empty')).toEqual({ key: 'empty', size: 0 })
  expect(await store.get('empty')).toHaveLength(0)
})

test('objects are encrypted with the key that is configured', async () => {
  const store = open({ kmsKeyId: 'alias/artifacts' })
  const error = await store.put('secret', Buffer.from('x')).catch((thrown: unknown) => thrown)
  // The simulator has no KMS, and says so: what matters here is that S3 was asked for it.
  expect(String(error)).toMatch(/x-amz-server-side-encryption/)
})

test('a bucket elsewhere, one that is missing: what to set, and no second try', async () => {
  const away = await failureOf(open({ uri: 's3://elsewhere/x' }).get('a'))
  expect(away).toMatchObject({
    kind: 'config',
    hint: 'The bucket elsewhere is in us-west-2, not in eu-west-1. Set `region` to us-west-2.',
  })
  const missing = await failureOf(open({ uri: 's3://not-made/x' }).stat('a'))
  expect(missing.message).toBe('could not read s3://not-made/x/a: NoSuchBucket: The specified bucket does not exist')
  expect(missing.kind).toBe('config')
  expect(missing.hint).toContain(`aws s3 mb s3://not-made --region eu-west-1 --endpoint-url ${aws.simulator.endpoint}`)
})

// A run waited for hours, its credentials ended meanwhile, and so did the run, though there were new ones.
test('where credentials have ended, those that somebody has put there since are taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-s3-'))
  const file = join(folder, 'credentials')
  for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })
  const signIn = async (key: string): Promise<void> =>
    writeFile(file, `[dev]\naws_access_key_id = ${key}\naws_secret_access_key = x\n`)
  await signIn('first')
  const store = open({ profile: 'dev' })
  await store.put('a', Buffer.from('x'))
  await signIn('second')
  for (const operation of ['s3.GetObject', 's3.ListObjectsV2', 's3.PutObject']) {
    aws.simulator.addFaults({ operation, kind: 'expired-token' })
  }
  expect(await store.get('a')).toEqual(Buffer.from('x'))
  expect(await store.putIfAbsent('a', Buffer.from('y'))).toBe(false)
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  expect(keys).toEqual(['a'])
  expect(aws.simulator.unmetFaults).toEqual([])
  expect([...new Set(aws.simulator.calls.map(({ accessKeyId }) => accessKeyId))]).toEqual(['first', 'second'])
})

test('credentials that have ended are said, and heard of anew', async () => {
  const store = open()
  aws.simulator.addFaults({ operation: 's3.GetObject', kind: 'expired-token', times: 2 })
  expect(await failureOf(store.get('a'))).toMatchObject({
    kind: 'auth',
    hint: expect.stringContaining('aws sso login') as string,
  })
  expect(await store.get('a')).toBeUndefined()
})

test('no credentials at all are an error before any call', async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent')
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent')
  onTestFinished(() => void vi.unstubAllEnvs())
  const store = new S3ArtifactStore({ uri: 's3://artifacts/x', region: REGION })
  const hint = expect.stringContaining('No credentials were found') as string
  expect(await failureOf(store.get('a'))).toMatchObject({ kind: 'auth', hint })
  expect(await store.diagnose({ signal: new AbortController().signal })).toMatchObject([{ hint }, { hint }])
})

test('doctor finds that nothing answers, and says where to look', async () => {
  const store = new S3ArtifactStore({ uri: 's3://artifacts/x', region: REGION, endpoint: 'http://127.0.0.1:9' })
  const finding = {
    state: 'problem',
    found: expect.stringContaining('ECONNREFUSED') as string,
    hint: expect.stringContaining('`endpoint`, AWS_ENDPOINT_URL') as string,
  }
  expect(await store.diagnose({ signal: new AbortController().signal })).toMatchObject([finding, finding])
})

test('doctor finds what works, and a region that is wrong; it leaves nothing behind', async () => {
  const signal = new AbortController().signal
  const store = open()
  expect(await store.diagnose({ signal })).toMatchObject([
    { state: 'ok', found: 'all of it works, and a conditional write replaces nothing' },
    { state: 'ok', found: 'it is in eu-west-1, as configured' },
  ])
  const left: string[] = []
  for await (const { key } of store.list('')) left.push(key)
  expect(left).toEqual([])
  expect(await open({ uri: 's3://elsewhere/x' }).diagnose({ signal })).toMatchObject([
    { state: 'problem', hint: expect.stringContaining('us-west-2') as string },
    { state: 'problem', found: 'it is in us-west-2, and the configuration says eu-west-1' },
  ])
  expect(await open({ uri: 's3://not-made/x' }).diagnose({ signal })).toMatchObject([
    { state: 'problem' },
    { state: 'problem', found: 'could not ask for the bucket not-made: NotFound' },
  ])
})

test('parts have a checksum each, and so has the object', async () => {
  const store = open()
  await store.put('large', pieces(randomBytes(11 * MIB)))
  const [bucket, prefix] = [store.place.bucket, store.place.prefix]
  const head = await s3Client(aws.simulator).send(
    new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}/large`, ChecksumMode: 'ENABLED' }),
  )
  expect(head.ChecksumCRC32).toMatch(/^[A-Za-z0-9+/]{6}==-3$/)
})
