import { test } from 'vitest'

import { artifactStoreConformance } from '../../src/index.ts'
import { BLOB_SECRET, blobService, BlobStore, type BlobStoreConfig } from './blob-store.ts'
import { cuttingProxy } from './cutting-proxy.ts'
import { PAGE_SIZE } from './page-size.ts'
import { NOWHERE, startedSimulator } from './started-simulator.ts'

const container = 'artifacts'
const azure = startedSimulator('azure', async (endpoint) => blobService(endpoint).createContainer(container))
const proxy = cuttingProxy(() => azure.endpoint)

artifactStoreConformance({
  test,
  create: ({ name }) => new BlobStore({ endpoint: azure.endpoint, container, prefix: name }),
  unreachable: {
    'nobody listens': ({ name }) => new BlobStore({ endpoint: NOWHERE, container, prefix: name }),
    'its container is missing': ({ name }) =>
      new BlobStore({ endpoint: azure.endpoint, container: 'missing', prefix: name }),
  },
  cutShort: ({ name }) => new BlobStore({ endpoint: proxy.endpoint, container, prefix: name }),
  pageSize: PAGE_SIZE,
  openArtifactStore: (jobConfig) => new BlobStore(jobConfig as BlobStoreConfig),
  secrets: [BLOB_SECRET],
})
