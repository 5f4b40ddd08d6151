import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { Simulator } from '@sidestep/simulators'

/** Of the simulated account. */
export const REGION = 'eu-west-1'
export const ROLE = 'arn:aws:iam::123456789012:role/bench'
export const BUCKET = 'bench'

/** Makes the bucket, as its owner. */
export async function makeBucket({ endpoint }: Simulator): Promise<void> {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
  const client = new S3Client({ endpoint, region: REGION, credentials, forcePathStyle: true })
  await client.send(
    new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  )
  client.destroy()
}
