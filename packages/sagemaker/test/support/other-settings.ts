import type { SagemakerSettings } from '../../src/sagemaker-config.ts'

/**
 * A value of every setting that a step with `useSpot` and one machine without accelerators can have. The requests of the others are in the
 * snapshots.
 */
export const OTHER_SETTINGS: Required<
  Omit<SagemakerSettings, 'useSpot' | 'instanceCount' | 'keepAlive' | 'maxPending' | 'trainingPlanArn'>
> = {
  instanceType: 'ml.m5.4xlarge',
  instanceTypes: ['ml.c5.9xlarge', 'ml.m5.4xlarge'],
  volumeSizeGiB: 77,
  maxWait: '2h',
  checkpoint: { s3Uri: 's3://lake/checkpoints', localPath: '/opt/ml/kept' },
  inputData: { images: { s3Uri: 's3://lake/images/', inputMode: 'FastFile' } },
  environment: { COLOR: 'blue' },
  tags: { team: 'penguins' },
  vpc: { subnets: ['subnet-0a1b2c3d'], securityGroupIds: ['sg-0a1b2c3d'] },
  networkIsolation: true,
  experiment: { experimentName: 'penguins', trialName: 'first' },
  maxRetriesOnInternalError: 3,
  extra: { EnableInterContainerTrafficEncryption: true },
}
