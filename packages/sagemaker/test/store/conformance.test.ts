import { artifactStoreConformance } from '@sidestep/conformance'
import { test } from 'vitest'

import { openArtifactStore } from '../../src/runtime.ts'
import { S3ArtifactStore } from '../../src/store/s3-artifact-store.ts'
import { makeBucket, REGION } from '../support/s3-bucket.ts'
import { startedAws } from '../support/started-aws.ts'

const NOWHERE = 'http://127.0.0.1:1'
const aws = startedAws(async (simulator) => makeBucket(simulator, 'artifacts'))
const at = (uri: string, endpoint: string = aws.endpoint): S3ArtifactStore =>
  new S3ArtifactStore({ uri, region: REGION, endpoint })

artifactStoreConformance({
  test,
  create: ({ name }) => at(`s3://artifacts/${name}`),
  unreachable: {
    'nobody listens': ({ name }) => at(`s3://artifacts/${name}`, NOWHERE),
    'its bucket is missing': ({ name }) => at(`s3://missing/${name}`),
  },
  openArtifactStore,
})
