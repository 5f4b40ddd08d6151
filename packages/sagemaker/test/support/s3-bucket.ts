import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3'
import type { Simulator } from '@sidestep/simulators'

/** Where the buckets of tests are. */
export const REGION = 'eu-west-1'

/** A client of the official SDK for a simulator. */
export function s3Client({ endpoint }: Pick<Simulator, 'endpoint'>, region: string = REGION): S3Client {
  const credentials = { accessKeyId: 'simulator', secretAccessKey: 'simulator' }
  return new S3Client({ endpoint, region, forcePathStyle: true, credentials })
}

/** Makes a bucket. */
export async function makeBucket(simulator: Simulator, bucket: string, region: string = REGION): Promise<void> {
  const CreateBucketConfiguration = { LocationConstraint: region as never }
  await s3Client(simulator, region).send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }))
}

/** How many uploads in a bucket were begun and are neither complete nor given up. */
export async function openUploads(simulator: Simulator, bucket: string): Promise<number> {
  const { Uploads = [] } = await s3Client(simulator).send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  return Uploads.length
}
