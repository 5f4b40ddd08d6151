import type { Bucket } from '../objects/object-store.ts'
import { isBucketName } from './names.ts'
import { pageFor } from './paging.ts'
import { receiveXml } from './payload.ts'
import { DEFAULT_REGION, OWNER_ID, type S3Call } from './s3-call.ts'
import { notImplemented, S3Error } from './s3-error.ts'
import { textOf } from './xml.ts'

const MAX_BUCKETS = 10_000
/** The form of a region's name: which there are changes too often. `EU` is an old name of eu-west-1. */
const PLACE = /^(?:EU|[a-z]{2}(?:-[a-z]+)+-\d)$/

/** All of them, or those of a region and a prefix, page by page. */
export function listBuckets(call: S3Call): void {
  const prefix = call.query('prefix') ?? ''
  const region = call.query('bucket-region')
  const buckets = call.state.objects
    .buckets()
    .filter((bucket) => bucket.name.startsWith(prefix) && (region === undefined || call.regionOf(bucket) === region))
  const page = pageFor(call, buckets, {
    size: Math.max(1, call.queryNumber('max-buckets', MAX_BUCKETS)),
    list: JSON.stringify(['buckets', prefix, region]),
    keyOf: ({ name }) => name,
  })
  call.answerXml('ListAllMyBucketsResult', [
    ['Owner', [['ID', OWNER_ID]]],
    [
      'Buckets',
      page.items.map((bucket) => [
        'Bucket',
        [
          ['Name', bucket.name],
          ['CreationDate', new Date(bucket.createdAt).toISOString()],
          ['BucketRegion', call.regionOf(bucket)],
        ],
      ]),
    ],
    ['ContinuationToken', page.next],
    ['Prefix', call.query('prefix')],
  ])
}

/** In the region that the document says; without one in us-east-1, where only requests to it may leave it out. */
export async function createBucket(call: S3Call): Promise<void> {
  const { bucketName: name, state } = call
  if (!isBucketName(name)) throw new S3Error('InvalidBucketName', { details: [['BucketName', name]] })
  checkBucketHeaders(call)
  const region = await regionFor(call)
  const existing = state.objects.bucket(name)
  // What was made again in us-east-1 is there already, and that is no error.
  const isHarmless = existing !== undefined && region === DEFAULT_REGION && call.regionOf(existing) === DEFAULT_REGION
  if (existing !== undefined && !isHarmless) {
    throw new S3Error('BucketAlreadyOwnedByYou', { details: [['BucketName', name]] })
  }
  if (existing === undefined) state.regions.set(state.objects.createBucket(name), region)
  call.answer(200, { Location: `/${name}` })
}

/** What a new bucket would have to be, and is not here. */
function checkBucketHeaders(call: S3Call): void {
  if (call.header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') {
    throw notImplemented('x-amz-bucket-object-lock-enabled')
  }
  const ownership = call.header('x-amz-object-ownership') ?? 'BucketOwnerEnforced'
  if (ownership !== 'BucketOwnerEnforced') throw notImplemented(`x-amz-object-ownership: ${ownership}`)
  const grant = Object.keys(call.exchange.request.headers).find((name) => name.startsWith('x-amz-grant-'))
  if (grant !== undefined || (call.header('x-amz-acl') ?? 'private') !== 'private') {
    throw new S3Error('InvalidBucketAclWithObjectOwnership')
  }
}

async function regionFor(call: S3Call): Promise<string> {
  const place = await locationConstraint(call)
  const endpoint = call.credentials.region
  if (place === DEFAULT_REGION || (place !== undefined && !PLACE.test(place))) {
    throw new S3Error('InvalidLocationConstraint', { details: [['LocationConstraint', place]] })
  }
  const region = place === undefined ? DEFAULT_REGION : place === 'EU' ? 'eu-west-1' : place
  if (endpoint === DEFAULT_REGION || endpoint === region) return region
  if (place === undefined) throw new S3Error('IllegalLocationConstraintException')
  throw new S3Error('IllegalLocationConstraintException', {
    message: `The ${place} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  })
}

async function locationConstraint(call: S3Call): Promise<string | undefined> {
  const { exchange } = call
  if (Number(call.header('content-length') ?? 0) === 0 && call.header('transfer-encoding') === undefined)
    return undefined
  const document = await receiveXml(call, { root: 'CreateBucketConfiguration' })
  const other = document.children.find(({ name }) => name !== 'LocationConstraint')
  if (other !== undefined) throw notImplemented(`${other.name} of a new bucket`)
  const place = textOf(document, 'LocationConstraint')?.trim()
  exchange.call.request = { LocationConstraint: place }
  return place === '' ? undefined : place
}

/** Answers where the bucket is. */
export function headBucket(call: S3Call): void {
  call.answer(200, { 'x-amz-bucket-region': call.regionOf(call.bucket()), 'x-amz-access-point-alias': 'false' })
}

/** Answers where the bucket is; nothing stands for us-east-1. */
export function getBucketLocation(call: S3Call): void {
  const region = call.regionOf(call.bucket())
  call.answerXml('LocationConstraint', region === DEFAULT_REGION ? '' : region)
}

/** An empty one only. It may be gone a while later, as that of S3 may. */
export async function deleteBucket(call: S3Call): Promise<void> {
  const bucket = call.bucket()
  checkEmpty(bucket)
  await call.exchange.effect(async () => {
    checkEmpty(bucket)
    if (call.state.objects.bucket(bucket.name) !== bucket) return
    call.state.objects.deleteBucket(bucket.name)
    await call.state.uploads.abortAll(bucket)
  })
  call.answer(204)
}

function checkEmpty(bucket: Bucket): void {
  if (!bucket.isEmpty) throw new S3Error('BucketNotEmpty', { details: [['BucketName', bucket.name]] })
}
