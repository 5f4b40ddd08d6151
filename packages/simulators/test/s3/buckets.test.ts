import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  type CreateBucketCommandInput,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type BucketLocationConstraint,
  type S3Client,
} from '@aws-sdk/client-s3'
import { beforeEach, describe, expect, test } from 'vitest'

import { ManualClock } from '../../src/ground/manual-clock.ts'
import { SigningTimes } from '../../src/s3/signing-times.ts'
import { startSimulator } from '../../src/simulator.ts'
import { aws, errorOf, raw } from './aws.ts'

const cloud = aws({ listDelayMs: 3_600_000 })
let s3: S3Client
let europe: S3Client
beforeEach(() => {
  s3 = cloud.client()
  europe = cloud.client({ region: 'eu-west-1' })
})
const create = async (Bucket: string, client = s3, place?: BucketLocationConstraint) =>
  client.send(
    new CreateBucketCommand({
      Bucket,
      ...(place !== undefined && { CreateBucketConfiguration: { LocationConstraint: place } }),
    }),
  )

describe('buckets', () => {
  test('are made, listed and deleted', async () => {
    await create('b-1')
    await create('b-2')
    // In us-east-1 that is no error.
    await create('b-1')
    const names = async (more = {}): Promise<unknown> =>
      (await s3.send(new ListBucketsCommand({ Prefix: 'b-', ...more }))).Buckets?.map(({ Name }) => Name)
    expect(await names()).toEqual(['b-1', 'b-2'])
    const page = await s3.send(new ListBucketsCommand({ Prefix: 'b-', MaxBuckets: 1 }))
    expect(page.Buckets).toEqual([{ Name: 'b-1', BucketRegion: 'us-east-1', CreationDate: expect.any(Date) }])
    expect(await names({ ContinuationToken: page.ContinuationToken })).toEqual(['b-2'])
    await s3.send(new DeleteBucketCommand({ Bucket: 'b-1' }))
    expect(await names()).toEqual(['b-2'])
    expect(await errorOf(s3.send(new DeleteBucketCommand({ Bucket: 'b-1' })))).toBe('NoSuchBucket')
    expect(await errorOf(s3.send(new HeadBucketCommand({ Bucket: 'b-1' })))).toBe('NotFound')
  })

  test('with objects stay, whatever a list shows', async () => {
    const object = { Bucket: 'full', Key: 'a' }
    await create('full')
    await s3.send(new PutObjectCommand({ ...object, Body: 'x' }))
    expect(await errorOf(s3.send(new DeleteBucketCommand({ Bucket: 'full' })))).toBe('BucketNotEmpty')
    await s3.send(new DeleteObjectCommand(object))
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object))
    await s3.send(new DeleteBucketCommand({ Bucket: 'full' }))
    await create('full')
    expect(await errorOf(s3.send(new AbortMultipartUploadCommand({ ...object, UploadId })))).toBe('NoSuchUpload')
    expect(await errorOf(s3.send(new GetObjectCommand(object)))).toBe('NoSuchKey')
  })

  test.each(['ab', 'Ab-c', 'a_b', 'a..b', '-abc', 'abc-', '192.168.0.1', 'xn--abc', 'abc-s3alias', 'a'.repeat(64)])(
    'cannot be called %s',
    async (name) => {
      expect((await raw(`${cloud.simulator.endpoint}/${name}`, { method: 'PUT' })).error).toBe('InvalidBucketName')
      expect((await raw(`${cloud.simulator.endpoint}/${name}/key`)).error).toBe('InvalidBucketName')
    },
  )

  test('are in a region, and only its endpoint serves them', async () => {
    // The client says its own region.
    await create('far', europe)
    expect(cloud.simulator.calls.at(-1)?.request).toEqual({ LocationConstraint: 'eu-west-1' })
    expect(await errorOf(create('far', europe))).toBe('BucketAlreadyOwnedByYou')
    expect(await europe.send(new HeadBucketCommand({ Bucket: 'far' }))).toMatchObject({ BucketRegion: 'eu-west-1' })
    expect(await errorOf(s3.send(new GetObjectCommand({ Bucket: 'far', Key: 'x' })))).toBe('PermanentRedirect')
    const location = await s3.send(new GetBucketLocationCommand({ Bucket: 'far' }))
    expect(location.LocationConstraint).toBe('eu-west-1')
    await create('here', s3)
    expect((await s3.send(new GetBucketLocationCommand({ Bucket: 'here' }))).LocationConstraint).toBeUndefined()
    expect(await errorOf(create('x-1', europe, 'eu-central-1'))).toBe('IllegalLocationConstraintException')
    expect(await errorOf(create('x-1', s3, 'us-east-1' as 'us-east-2'))).toBe('InvalidLocationConstraint')
    expect(await errorOf(create('x-1', s3, 'mars-1' as 'us-east-2'))).toBe('InvalidLocationConstraint')
    const bare = await raw(`${cloud.simulator.endpoint}/x-1`, { method: 'PUT', region: 'eu-west-1' })
    expect(bare.error).toBe('IllegalLocationConstraintException')
    const follows = cloud.client({ followRegionRedirects: true })
    expect(await errorOf(follows.send(new GetObjectCommand({ Bucket: 'far', Key: 'x' })))).toBe('NoSuchKey')
  })

  test('in the host are refused', async () => {
    const { port } = new URL(cloud.simulator.endpoint)
    const answer = await raw(`${cloud.simulator.endpoint}/key`, { headers: { host: `bucket.localhost:${port}` } })
    expect([answer.status, answer.error]).toEqual([400, 'InvalidRequest'])
    expect(answer.body.toString()).toContain('set forcePathStyle: true')
  })
})

test('what a new bucket would have to be, and is not here, is refused', async () => {
  const make = async (more: Partial<CreateBucketCommandInput>): Promise<string> =>
    errorOf(s3.send(new CreateBucketCommand({ Bucket: 'special', ...more })))
  expect(await make({ ObjectLockEnabledForBucket: true })).toBe('NotImplemented')
  expect(await make({ ObjectOwnership: 'ObjectWriter' })).toBe('NotImplemented')
  expect(await make({ ACL: 'public-read' })).toBe('InvalidBucketAclWithObjectOwnership')
  expect(await make({ GrantRead: 'id=1' })).toBe('InvalidBucketAclWithObjectOwnership')
  expect(await make({ CreateBucketConfiguration: { Tags: [{ Key: 'a', Value: 'b' }] } })).toBe('NotImplemented')
  await expect(s3.send(new HeadBucketCommand({ Bucket: 'special' }))).rejects.toThrow()
  expect(await make({ ACL: 'private', ObjectOwnership: 'BucketOwnerEnforced' })).toBe('none')
})

describe('credentials', () => {
  const ask = async (headers: Record<string, string>, query = ''): Promise<string | undefined> =>
    (await raw(`${cloud.simulator.endpoint}/${query}`, { headers })).error
  const now = (ms = 0): string => new Date(Date.now() + ms).toISOString().replaceAll(/[:-]|\.\d+/g, '')

  test('are needed', async () => {
    const answer = await fetch(cloud.simulator.endpoint)
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')])
    expect(await ask({ authorization: 'Basic x' })).toBe('InvalidArgument')
    expect(await ask({ authorization: 'AWS key:signature' })).toBe('InvalidRequest')
    expect(await ask({ authorization: 'AWS4-HMAC-SHA256 Credential=a' })).toBe('AuthorizationHeaderMalformed')
    const day = now().slice(0, 8)
    const header = (
      scope: string,
      signed = 'host;x-amz-content-sha256;x-amz-date',
      signature = '0'.repeat(64),
    ): string => `AWS4-HMAC-SHA256 Credential=key/${scope}, SignedHeaders=${signed}, Signature=${signature}`
    expect(await ask({ authorization: header(`${day}/us-east-1/s3/aws4_request`) })).toBeUndefined()
    expect(await ask({ authorization: header(`${day}/us-east-1/sqs/aws4_request`) })).toBe(
      'AuthorizationHeaderMalformed',
    )
    expect(await ask({ authorization: header(`20000101/us-east-1/s3/aws4_request`) })).toBe('SignatureDoesNotMatch')
    expect(await ask({ authorization: header(`${day}/us-east-1/s3/aws4_request`, 'host') })).toBe('AccessDenied')
    expect(await ask({ authorization: header(`${day}/us-east-1/s3/aws4_request`, undefined, 'x') })).toBe(
      'AuthorizationHeaderMalformed',
    )
    const tooMuch = 'content-type;host;x-amz-content-sha256;x-amz-date'
    expect(await ask({ authorization: header(`${day}/us-east-1/s3/aws4_request`, tooMuch) })).toBe(
      'SignatureDoesNotMatch',
    )
    expect(await ask({ 'x-amz-date': now(-16 * 60_000) })).toBe('RequestTimeTooSkewed')
    expect(await ask({ 'x-amz-date': now(16 * 60_000) })).toBe('RequestTimeTooSkewed')
    expect(await ask({ 'x-amz-date': now(-14 * 60_000) })).toBeUndefined()
  })

  test('in the query', async () => {
    const { endpoint } = cloud.simulator
    const presigned = async (more: Record<string, string> = {}): Promise<string> => {
      const query = new URLSearchParams({
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': `key/${(more['X-Amz-Date'] ?? now()).slice(0, 8)}/us-east-1/s3/aws4_request`,
        'X-Amz-Date': now(),
        'X-Amz-Expires': '60',
        'X-Amz-SignedHeaders': 'host',
        'X-Amz-Signature': createHash('sha256').digest('hex'),
        ...more,
      })
      const answer = await fetch(`${endpoint}/?${query.toString()}`)
      return /<Code>(\w+)/.exec(await answer.text())?.[1] ?? 'none'
    }
    expect(await presigned()).toBe('none')
    expect(await presigned({ 'X-Amz-Date': now(-61_000) })).toBe('AccessDenied')
    expect(await presigned({ 'X-Amz-Date': now(16 * 60_000) })).toBe('AccessDenied')
    expect(await presigned({ 'X-Amz-SignedHeaders': 'content-type;host' })).toBe('SignatureDoesNotMatch')
    expect(await presigned({ 'X-Amz-Expires': '604801' })).toBe('AuthorizationQueryParametersError')
    expect(await presigned({ 'X-Amz-Signature': '' })).toBe('AuthorizationQueryParametersError')
  })

  test('in the query, by Signature Version 2', async () => {
    await create('old')
    const presigned = async (more: Record<string, string> = {}): Promise<string> => {
      const Expires = `${Math.floor(Date.now() / 1000) + 60}`
      const Signature = createHash('sha1').digest('base64')
      const query = new URLSearchParams({ AWSAccessKeyId: 'key', Signature, Expires, ...more })
      const answer = await fetch(`${cloud.simulator.endpoint}/old?${query.toString()}`)
      return /<Code>(\w+)/.exec(await answer.text())?.[1] ?? 'none'
    }
    expect(await presigned()).toBe('none')
    expect(await presigned({ Expires: '1000000000' })).toBe('AccessDenied')
    expect(await presigned({ Expires: 'x' })).toBe('AccessDenied')
    expect(await presigned({ Signature: 'x' })).toBe('SignatureDoesNotMatch')
  })

  test('of a link are good as long as it says, by the clock that they are of', async () => {
    const clock = new ManualClock(Date.UTC(2031, 0))
    const times = new SigningTimes()
    times.saw(clock)
    const stateOf = (from: number) => times.stateOf(from, from + 60_000, clock.now())
    expect([stateOf(Date.now()), stateOf(clock.now())]).toEqual(['good', 'good'])
    expect([stateOf(Date.now() - 61_000), stateOf(clock.now() + 3_600_000)]).toEqual(['late', 'early'])
    const [machine, simulated] = [Date.now(), clock.now()]
    await clock.advance(3_600_000)
    expect([stateOf(machine), stateOf(simulated), stateOf(clock.now())]).toEqual(['good', 'late', 'good'])
    expect([times.isNow(simulated, clock.now()), times.isNow(machine - 3_600_000, clock.now())]).toEqual([true, false])
  })

  test('are good whatever the simulator has for a time, also of a stream that cannot be sent twice', async () => {
    const clock = new ManualClock(Date.UTC(2031, 0))
    await using simulator = await startSimulator('aws', { clock })
    const client = cloud.client({ endpoint: simulator.endpoint })
    await create('any-time', client)
    await clock.advance(3_700_000)
    const Body = Readable.from([Buffer.alloc(9000)])
    await client.send(new PutObjectCommand({ Bucket: 'any-time', Key: 'a', Body, ContentLength: 9000 }))
    const { LastModified } = await client.send(new HeadObjectCommand({ Bucket: 'any-time', Key: 'a' }))
    expect(LastModified).toEqual(new Date(clock.now()))
    expect(simulator.calls.map(({ errorCode, status }) => errorCode ?? status)).toEqual([200, 200, 200])
  })

  test('of a client whose clock is off: it is told the time', async () => {
    await using simulator = await startSimulator('aws')
    const client = cloud.client({ endpoint: simulator.endpoint })
    // The SDK believes what an answer says, and signs with it from then on.
    simulator.addFaults({ operation: 's3.CreateBucket', kind: 'clock-off', delayMs: -3_600_000 })
    await create('early', client)
    expect(await errorOf(create('late', client))).toBe('RequestTimeTooSkewed')
    await create('late', client)
  })
})

test.each([
  ['throttle', 'SlowDown', 503],
  ['server-error', 'InternalError', 500],
  ['expired-token', 'ExpiredToken', 400],
  ['capacity', 'ServiceUnavailable', 503],
] as const)('%s', async (kind, name, status) => {
  cloud.simulator.addFaults({ operation: 's3.ListBuckets', kind })
  const error: unknown = await s3.send(new ListBucketsCommand({})).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name, $metadata: { httpStatusCode: status } })
})
