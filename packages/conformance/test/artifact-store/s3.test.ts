import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { test } from 'vitest'

import { artifactStoreConformance } from '../../src/index.ts'
import { S3_SECRET, S3Store, type S3StoreConfig } from './s3-store.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { PAGE_SIZE } from './page-size.ts'
import { NOWHERE, startedSimulator } from './started-simulator.ts'

const bucket = 'artifacts'
const aws = startedSimulator('aws', async (endpoint) => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: S3_SECRET }
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
})
const proxy = cuttingProxy(() => aws.endpoint)

artifactStoreConformance({
  test,
  create: ({ name }) => new S3Store({ endpoint: aws.endpoint, bucket, prefix: name }),
  unreachable: {
    'nobody listens': ({ name }) => new S3Store({ endpoint: NOWHERE, bucket, prefix: name }),
    'its bucket is missing': ({ name }) => new S3Store({ endpoint: aws.endpoint, bucket: 'missing', prefix: name }),
  },
  cutShort: ({ name }) => new S3Store({ endpoint: proxy.endpoint, bucket, prefix: name }),
  pageSize: PAGE_SIZE,
  openArtifactStore: (jobConfig) => new S3Store(jobConfig as S3StoreConfig),
  secrets: [S3_SECRET],
})
