import type { ArtifactStore, SecretResolver } from '@sidestep/core'

import { readCluster, type Cluster } from './runtime/cluster.ts'
import { parameterStoreSecrets } from './runtime/parameter-store-secrets.ts'
import { placeInContainer } from './runtime/place-in-container.ts'
import { secretsManagerSecrets } from './runtime/secrets-manager-secrets.ts'
import { JobS3Store } from './store/job-s3-store.ts'
import type { S3JobConfig } from './store/s3-config.ts'

/** Opens the bucket of a job, with the job's role. */
export function openArtifactStore(jobConfig: object): ArtifactStore {
  return new JobS3Store(jobConfig as S3JobConfig)
}

/** The ARN of the training job that this process belongs to. */
export function providerJobId(): string | undefined {
  const { TRAINING_JOB_ARN, TRAINING_JOB_NAME } = process.env
  return TRAINING_JOB_ARN ?? TRAINING_JOB_NAME
}

/** Which of the job's machines this is. */
export function cluster(): Cluster {
  return readCluster()
}

/** SageMaker takes the first 1024 characters of it for the job's failure reason. */
export const failureFile: string = placeInContainer('/opt/ml/output/failure')

/** `aws-secretsmanager:` and `aws-ssm:` references. */
export const secretResolvers: readonly SecretResolver[] = [secretsManagerSecrets, parameterStoreSecrets]
