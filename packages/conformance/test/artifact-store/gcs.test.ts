import { Storage } from '@google-cloud/storage'
import { test } from 'vitest'

import { artifactStoreConformance } from '../../src/index.ts'
import { GcsStore, type GcsStoreConfig } from './gcs-store.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { PAGE_SIZE } from './page-size.ts'
import { NOWHERE, startedSimulator } from './started-simulator.ts'

const bucket = 'artifacts'
const gcp = startedSimulator('gcp', async (endpoint) =>
  new Storage({ apiEndpoint: endpoint, projectId: 'test' }).createBucket(bucket),
)
const proxy = cuttingProxy(() => gcp.endpoint)

artifactStoreConformance({
  test,
  create: ({ name }) => new GcsStore({ endpoint: gcp.endpoint, bucket, prefix: name }),
  unreachable: {
    'nobody listens': ({ name }) => new GcsStore({ endpoint: NOWHERE, bucket, prefix: name }),
    'its bucket is missing': ({ name }) => new GcsStore({ endpoint: gcp.endpoint, bucket: 'missing', prefix: name }),
  },
  cutShort: ({ name }) => new GcsStore({ endpoint: proxy.endpoint, bucket, prefix: name }),
  pageSize: PAGE_SIZE,
  openArtifactStore: (jobConfig) => new GcsStore(jobConfig as GcsStoreConfig),
})
