import { createHash } from 'node:crypto'

import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { compareUtf8 } from '../../src/ground/utf8-order.ts'
import { aws, errorOf } from './aws.ts'

const cloud = aws()
const key = fc.constantFrom('a', 'a/b', 'a/c', 'b', 'é', '\uff5e', '\u{1f600}')
const text = fc.string({ maxLength: 5 })
const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), key, text }),
  fc.record({ kind: fc.constant('put if absent' as const), key, text }),
  fc.record({ kind: fc.constant('put if unchanged' as const), key, text, was: text }),
  fc.record({ kind: fc.constant('copy' as const), key, from: key }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('delete if unchanged' as const), key, was: text }),
  fc.record({ kind: fc.constant('delete many' as const), keys: fc.uniqueArray(key, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('get' as const), key }),
  fc.record({
    kind: fc.constant('list' as const),
    prefix: fc.constantFrom('', 'a', 'a/'),
    size: fc.integer({ min: 1, max: 4 }),
  }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const etag = (content: string): string => `"${createHash('md5').update(content).digest('hex')}"`

/** What the service answers: the name of an error, or what matters of the answer. */
async function ask(s3: S3Client, Bucket: string, one: Step): Promise<unknown> {
  switch (one.kind) {
    case 'put':
      return errorOf(
        s3.send(
          new PutObjectCommand({ Bucket, Key: one.key, Body: one.text, ContentLength: Buffer.byteLength(one.text) }),
        ),
      )
    case 'put if absent':
      return errorOf(
        s3.send(
          new PutObjectCommand({
            Bucket,
            Key: one.key,
            Body: one.text,
            ContentLength: Buffer.byteLength(one.text),
            IfNoneMatch: '*',
          }),
        ),
      )
    case 'put if unchanged':
      return errorOf(
        s3.send(
          new PutObjectCommand({
            Bucket,
            Key: one.key,
            Body: one.text,
            ContentLength: Buffer.byteLength(one.text),
            IfMatch: etag(one.was),
          }),
        ),
      )
    case 'copy':
      return errorOf(
        s3.send(
          new CopyObjectCommand({ Bucket, Key: one.key, CopySource: `${Bucket}/${encodeURIComponent(one.from)}` }),
        ),
      )
    case 'delete':
      return errorOf(s3.send(new DeleteObjectCommand({ Bucket, Key: one.key })))
    case 'delete if unchanged':
      return errorOf(s3.send(new DeleteObjectCommand({ Bucket, Key: one.key, IfMatch: etag(one.was) })))
    case 'delete many':
      return errorOf(
        s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: one.keys.map((Key) => ({ Key })) } })),
      )
    case 'get': {
      const got = s3.send(new GetObjectCommand({ Bucket, Key: one.key }))
      return got.then(
        async ({ Body }) => Body?.transformToString(),
        async () => errorOf(got),
      )
    }
    case 'list': {
      const found: unknown[] = []
      let token: string | undefined
      do {
        const page = await s3.send(
          new ListObjectsV2Command({ Bucket, Prefix: one.prefix, MaxKeys: one.size, ContinuationToken: token }),
        )
        found.push(...(page.Contents ?? []).map(({ Key, Size }) => [Key, Size]))
        token = page.NextContinuationToken
      } while (token !== undefined)
      return found
    }
  }
}

/** What it should have answered. */
function expected(objects: Map<string, string>, one: Step): unknown {
  switch (one.kind) {
    case 'put if absent':
      if (objects.has(one.key)) return 'PreconditionFailed'
      break
    case 'put if unchanged':
    case 'delete if unchanged': {
      const existing = objects.get(one.key)
      if (existing === undefined) return 'NoSuchKey'
      if (existing !== one.was) return 'PreconditionFailed'
      break
    }
    case 'copy': {
      const source = objects.get(one.from)
      if (source === undefined) return 'NoSuchKey'
      if (one.from === one.key) return 'InvalidRequest'
      objects.set(one.key, source)
      return 'none'
    }
    case 'delete many':
      for (const each of one.keys) objects.delete(each)
      return 'none'
    case 'get':
      return objects.get(one.key) ?? 'NoSuchKey'
    case 'list':
      return [...objects]
        .filter(([name]) => name.startsWith(one.prefix))
        .toSorted(([left], [right]) => compareUtf8(left, right))
        .map(([name, content]) => [name, Buffer.byteLength(content)])
    default:
  }
  if (one.kind === 'delete' || one.kind === 'delete if unchanged') objects.delete(one.key)
  else objects.set(one.key, one.text)
  return 'none'
}

test('any sequence of operations does what a map would do', async () => {
  const s3 = cloud.client()
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const Bucket = `model-${(run += 1)}`
      await s3.send(new CreateBucketCommand({ Bucket }))
      const objects = new Map<string, string>()
      for (const one of steps) {
        const wanted = expected(objects, one)
        expect([one.kind, await ask(s3, Bucket, one)]).toEqual([one.kind, wanted])
      }
    }),
    { numRuns: 25 },
  )
})
