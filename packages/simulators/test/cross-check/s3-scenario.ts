import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
  type GetObjectCommandInput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'

import type { Observations } from './blob-scenario.ts'

const PART = Buffer.alloc(5 * 1024 ** 2, 'a')

/** Asks an S3, through the official SDK, for what a store of artifacts needs of it. */
export async function s3Scenario(endpoint: string, Bucket: string, credentials: S3Credentials): Promise<Observations> {
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials })
  const put = async (Key: string, Body: string, more: Partial<PutObjectCommandInput> = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
  const read = async (Key: string, more: Partial<GetObjectCommandInput> = {}): Promise<string> =>
    (await (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString()) ?? ''
  const seen: Observations = {}
  const see = async (what: string, ask: () => Promise<unknown>): Promise<void> => {
    seen[what] = await ask().catch((error: unknown) => {
      if (!(error instanceof S3ServiceException)) throw error
      return `${error.$metadata.httpStatusCode} ${error.name}`
    })
  }
  await see('nothing in no bucket', async () => put('a', 'x'))
  await client.send(new CreateBucketCommand({ Bucket }))
  await see('put if absent', async () => (await put('a', 'hello', { IfNoneMatch: '*' })).ETag)
  await see('put if absent, of what is there', async () => put('a', 'x', { IfNoneMatch: '*' }))
  await see('a range', async () => read('a', { Range: 'bytes=1-3' }))
  await see('a range from the end', async () => read('a', { Range: 'bytes=-2' }))
  await see('a range beyond', async () => read('a', { Range: 'bytes=9-' }))
  await see('what is not there', async () => read('none'))
  await see('the head of what is not there', async () => client.send(new HeadObjectCommand({ Bucket, Key: 'none' })))
  await see('a read if changed', async () => read('a', { IfNoneMatch: '"5d41402abc4b2a76b9719d911017c592"' }))
  await see('a read if the same, of another', async () => read('a', { IfMatch: '"x"' }))
  await see('a bucket that is not empty', async () => client.send(new DeleteBucketCommand({ Bucket })))
  await see('parts', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b' }))
    const Parts = []
    for (const [index, Body] of [PART, Buffer.from('bc')].entries()) {
      const part = { Bucket, Key: 'b', UploadId, PartNumber: index + 1, Body }
      const { ETag } = await client.send(new UploadPartCommand(part))
      Parts.push({ PartNumber: index + 1, ETag })
    }
    const { ETag } = await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key: 'b', UploadId, MultipartUpload: { Parts } }),
    )
    return [ETag, await read('b', { Range: `bytes=${PART.length - 1}-` })]
  })
  await see('parts that are too small', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'c' }))
    const Parts = []
    for (const PartNumber of [1, 2]) {
      const part = { Bucket, Key: 'c', UploadId, PartNumber, Body: 'x' }
      Parts.push({ PartNumber, ETag: (await client.send(new UploadPartCommand(part))).ETag })
    }
    try {
      const all = { Bucket, Key: 'c', UploadId, MultipartUpload: { Parts } }
      return await client.send(new CompleteMultipartUploadCommand(all))
    } finally {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'c', UploadId }))
    }
  })
  await see('a list', async () => {
    for (const key of ['dir/ü', 'dir/x', 'z']) await put(key, 'x')
    const list = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))
    return [list.Contents?.map(({ Key }) => Key), list.CommonPrefixes?.map(({ Prefix }) => Prefix), list.KeyCount]
  })
  await see('a page', async () => {
    const page = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2 }))
    const next = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: page.NextContinuationToken }))
    return [page.IsTruncated, page.Contents?.length, next.IsTruncated, next.Contents?.map(({ Key }) => Key)]
  })
  for (const Key of ['a', 'b', 'dir/ü', 'dir/x', 'z', 'none']) {
    await see(
      `a delete of ${Key}`,
      async () => (await client.send(new DeleteObjectCommand({ Bucket, Key }))).$metadata.httpStatusCode,
    )
  }
  await client.send(new DeleteBucketCommand({ Bucket }))
  client.destroy()
  return seen
}

/** Of an SDK. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}
