import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'

import { clientConfig, type AwsLocation } from '../../src/aws/client-config.ts'

/** Makes a bucket. */
export async function makeBucket(name: string, location: AwsLocation): Promise<void> {
  const client = new S3Client({ ...(await clientConfig(location)), forcePathStyle: true })
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }))
  } finally {
    client.destroy()
  }
}
