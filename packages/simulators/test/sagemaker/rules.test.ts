import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  AddTagsCommand,
  CreateTrainingJobCommand,
  DeleteTagsCommand,
  DescribeTrainingJobCommand,
  ListTagsCommand,
  UpdateTrainingJobCommand,
  type Channel,
  type CreateTrainingJobCommandInput,
} from '@aws-sdk/client-sagemaker'
import { beforeAll, describe, expect, test } from 'vitest'

import { cloud, errorOf, jobRequest, reach, run } from './cloud.ts'

const aws = cloud()

beforeAll(async () => {
  await aws.s3.send(new PutObjectCommand({ Bucket: 'lake', Key: 'data/a', Body: 'a' }))
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' }
  const far = new S3Client({ endpoint: aws.simulator.endpoint, region: 'eu-west-1', forcePathStyle: true, credentials })
  await far.send(
    new CreateBucketCommand({ Bucket: 'far', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  )
  far.destroy()
})

function channel(changes: Partial<Channel> = {}, source: object = {}): Channel {
  const S3DataSource = { S3DataType: 'S3Prefix' as const, S3Uri: 's3://lake/data', ...source }
  return { ChannelName: 'train', DataSource: { S3DataSource }, ...changes }
}

const spot = { EnableManagedSpotTraining: true }
const m5 = { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } as const
const group = { InstanceGroupName: 'a', InstanceType: 'ml.m5.large', InstanceCount: 1 } as const
const algorithm = (more: object): Partial<CreateTrainingJobCommandInput> => ({
  AlgorithmSpecification: { TrainingImage: aws.image, TrainingInputMode: 'File', ...more },
})

/** What is wrong with a request as a whole, and what is said of it. */
const WRONG: readonly (readonly [string, () => Partial<CreateTrainingJobCommandInput>, RegExp])[] = [
  [
    'a role of another account',
    () => ({ RoleArn: 'arn:aws:iam::210987654321:role/steps' }),
    /RoleArn: Cross-account pass role is not allowed\./,
  ],
  ['no algorithm', () => ({ AlgorithmSpecification: undefined }), /AlgorithmSpecification must be provided/],
  ['two algorithms', () => algorithm({ AlgorithmName: 'xgboost' }), /exactly one of TrainingImage and AlgorithmName/],
  ['neither', () => algorithm({ TrainingImage: undefined }), /exactly one of TrainingImage and AlgorithmName/],
  [
    'a named algorithm',
    () => algorithm({ TrainingImage: undefined, AlgorithmName: 'x' }),
    /does not implement AlgorithmName/,
  ],
  ['pipes', () => algorithm({ TrainingInputMode: 'Pipe' }), /does not implement TrainingInputMode: Pipe/],
  [
    'another registry',
    () => algorithm({ TrainingImage: 'docker.io/library/alpine:3' }),
    /TrainingRepositoryAccessMode set to VPC must be provided/,
  ],
  [
    'no such image',
    () => algorithm({ TrainingImage: `${aws.registry.host}/no/such:1` }),
    /Cannot find repository: no\/such/,
  ],
  [
    'ECR itself',
    () => algorithm({ TrainingImage: '123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1' }),
    /cannot reach 123456789012\.dkr/,
  ],
  ['no reference', () => algorithm({ TrainingImage: 'UPPER' }), /Cannot find the requested image: UPPER/],
  ['no machines', () => ({ ResourceConfig: undefined }), /ResourceConfig must be provided/],
  [
    'no count',
    () => ({ ResourceConfig: { ...m5, InstanceCount: undefined } }),
    /InstanceType and InstanceCount, or InstanceGroups/,
  ],
  ['a count of 0', () => ({ ResourceConfig: { ...m5, InstanceCount: 0 } }), /InstanceCount must be greater/],
  [
    'type and groups',
    () => ({ ResourceConfig: { ...m5, InstanceGroups: [group] } }),
    /InstanceGroups cannot be specified together/,
  ],
  [
    'groups of one name',
    () => ({ ResourceConfig: { InstanceGroups: [group, group], VolumeSizeInGB: 1 } }),
    /InstanceGroupName must be unique/,
  ],
  ['no volume', () => ({ ResourceConfig: { ...m5, VolumeSizeInGB: undefined } }), /VolumeSizeInGB must be specified/],
  [
    'a key of a disk of its own',
    () => ({ ResourceConfig: { ...m5, InstanceType: 'ml.g5.xlarge', VolumeKmsKeyId: 'k' } }),
    /VolumeKmsKeyId is not supported for instance type ml\.g5\.xlarge/,
  ],
  ['no stopping condition', () => ({ StoppingCondition: undefined }), /StoppingCondition must be provided/],
  [
    'more than 28 days',
    () => ({ StoppingCondition: { MaxRuntimeInSeconds: 28 * 86_400 + 1 } }),
    /MaxRuntimeInSeconds 2419201 must be less/,
  ],
  [
    'a wait without spot',
    () => ({ StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 } }),
    /Invalid MaxWaitTimeInSeconds\. It is only supported when EnableManagedSpotTraining is set to true/,
  ],
  [
    'spot without a wait',
    () => ({ ...spot, StoppingCondition: { MaxRuntimeInSeconds: 60 } }),
    /Invalid MaxWaitTimeInSeconds\. It must be present and be greater/,
  ],
  [
    'a shorter wait',
    () => ({ ...spot, StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 59 } }),
    /Invalid MaxWaitTimeInSeconds\. It must be present and be greater/,
  ],
  [
    'spot that is kept',
    () => ({
      ...spot,
      ResourceConfig: { ...m5, KeepAlivePeriodInSeconds: 60 },
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 },
    }),
    /KeepAlivePeriodInSeconds is not supported when EnableManagedSpotTraining/,
  ],
  [
    'groups that are kept',
    () => ({ ResourceConfig: { InstanceGroups: [group], VolumeSizeInGB: 1, KeepAlivePeriodInSeconds: 60 } }),
    /heterogeneous clusters/,
  ],
  [
    'no bucket',
    () => ({ OutputDataConfig: { S3OutputPath: 's3://no-such-bucket/x' } }),
    /"no-such-bucket", cannot be reached/,
  ],
  [
    'a bucket elsewhere',
    () => ({ OutputDataConfig: { S3OutputPath: 's3://far/x' } }),
    /"far", cannot be reached.*us-east-1/,
  ],
  ['no S3', () => ({ OutputDataConfig: { S3OutputPath: 'https://lake/x' } }), /must be an S3 URI/],
  [
    'no bucket of checkpoints',
    () => ({ CheckpointConfig: { S3Uri: 's3://no-such-bucket/x' } }),
    /CheckpointConfig\.S3Uri/,
  ],
  [
    'checkpoints as the model',
    () => ({ CheckpointConfig: { S3Uri: 's3://lake/x', LocalPath: '/opt/ml/model/c' } }),
    /uses itself/,
  ],
  ['checkpoints around it', () => ({ CheckpointConfig: { S3Uri: 's3://lake/x', LocalPath: '/opt' } }), /uses itself/],
  ['channels of one name', () => ({ InputDataConfig: [channel(), channel()] }), /Channel names must be unique/],
  ['no source', () => ({ InputDataConfig: [channel({ DataSource: {} })] }), /must have exactly one source/],
  [
    'a file system',
    () => ({
      InputDataConfig: [
        channel({
          DataSource: {
            FileSystemDataSource: {
              FileSystemId: 'fs-01234567',
              FileSystemAccessMode: 'ro',
              FileSystemType: 'EFS',
              DirectoryPath: '/',
            },
          },
        }),
      ],
    }),
    /does not implement the data source/,
  ],
  [
    'a piped channel',
    () => ({ InputDataConfig: [channel({ InputMode: 'Pipe' })] }),
    /does not implement InputMode: Pipe/,
  ],
  [
    'an augmented manifest',
    () => ({ InputDataConfig: [channel({}, { S3DataType: 'AugmentedManifestFile' })] }),
    /does not implement S3DataType/,
  ],
  [
    'a zipped file',
    () => ({ InputDataConfig: [channel({ CompressionType: 'Gzip' })] }),
    /only supported in Pipe input mode/,
  ],
  [
    'a group that is not there',
    () => ({ InputDataConfig: [channel({}, { InstanceGroupNames: ['b'] })] }),
    /instance group b/,
  ],
  [
    'no objects',
    () => ({ InputDataConfig: [channel({}, { S3Uri: 's3://lake/none' })] }),
    /No S3 objects found under S3 URL "s3:\/\/lake\/none" given in input data source/,
  ],
  [
    'objects elsewhere',
    () => ({ InputDataConfig: [channel({}, { S3Uri: 's3://far/' })] }),
    /No S3 objects found under S3 URL "s3:\/\/far\/"/,
  ],
  [
    'a tag twice',
    () => ({
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    }),
    /Duplicate tag keys/,
  ],
  [
    'a tag twice, in two cases',
    () => ({
      Tags: [
        { Key: 'Team', Value: '1' },
        { Key: 'team', Value: '2' },
      ],
    }),
    /Duplicate tag keys/,
  ],
  ["a tag of AWS's", () => ({ Tags: [{ Key: 'aws:x', Value: '' }] }), /cannot start with "aws:"/],
  [
    'no server',
    () => ({
      ServerlessJobConfig: {
        BaseModelArn: 'arn:aws:sagemaker:us-east-1:aws:hub-content/hub/Model/m',
        JobType: 'FineTuning',
      },
    }),
    /does not implement ServerlessJobConfig/,
  ],
]

test.each(WRONG)('what is wrong as a whole is refused: %s', async (_, changes, says) => {
  const request = jobRequest(aws, '', changes())
  expect(await errorOf(aws.sagemaker.send(new CreateTrainingJobCommand(request)))).toMatch(
    new RegExp(`^ValidationException: .*(?:${says.source})`),
  )
  const { TrainingJobName } = request
  expect(await errorOf(aws.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName })))).toMatch(/not found/)
})

test('what is right is taken: everything that a request may have', async () => {
  const request = jobRequest(aws, '', {
    ...spot,
    InputDataConfig: [channel()],
    StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 },
    ResourceConfig: { InstanceGroups: [{ ...group, InstanceType: 'ml.g5.xlarge' }] },
    CheckpointConfig: { S3Uri: 's3://lake/c' },
    VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] },
    EnableInterContainerTrafficEncryption: true,
    RetryStrategy: { MaximumRetryAttempts: 3 },
    ExperimentConfig: { ExperimentName: 'e', RunName: 'r' },
    ProfilerConfig: { DisableProfiler: true },
    RemoteDebugConfig: { EnableRemoteDebug: true },
    InfraCheckConfig: { EnableInfraCheck: true },
    SessionChainingConfig: { EnableSessionTagChaining: true },
    Tags: [{ Key: 'team', Value: 'a' }],
  })
  const job = await run(aws, request)
  const { Tags: _tags, SessionChainingConfig: _chaining, ...described } = request
  expect(job).toMatchObject({
    ...described,
    OutputDataConfig: { S3OutputPath: 's3://lake/out' },
    TrainingJobStatus: 'Completed',
  })
  expect(job).not.toHaveProperty('Tags')
})

describe('tags', () => {
  test('are added, listed and deleted', async () => {
    const request = jobRequest(aws, '', { Tags: [{ Key: 'a', Value: '1' }] })
    const { TrainingJobArn: ResourceArn } = await run(aws, request)
    const { Tags } = await aws.sagemaker.send(
      new AddTagsCommand({
        ResourceArn,
        Tags: [
          { Key: 'b', Value: '2' },
          { Key: 'a', Value: '3' },
        ],
      }),
    )
    expect(Tags).toEqual([
      { Key: 'a', Value: '3' },
      { Key: 'b', Value: '2' },
    ])
    await aws.sagemaker.send(new DeleteTagsCommand({ ResourceArn, TagKeys: ['a', 'none'] }))
    expect((await aws.sagemaker.send(new ListTagsCommand({ ResourceArn }))).Tags).toEqual([{ Key: 'b', Value: '2' }])
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }))
    expect(await errorOf(aws.sagemaker.send(new AddTagsCommand({ ResourceArn, Tags: many })))).toMatch(
      /^ResourceLimitExceeded/,
    )
  })

  test.each([
    'arn:aws:sagemaker:us-east-1:123456789012:training-job/none',
    'arn:aws:sagemaker:us-east-1:123456789012:model/m',
  ])('of what is not there are an error: %s', async (ResourceArn) => {
    expect(await errorOf(aws.sagemaker.send(new ListTagsCommand({ ResourceArn })))).toBe(
      'ValidationException: Requested resource not found.',
    )
  })
})

test('an update that changes what it cannot is refused', async () => {
  const { TrainingJobName } = await run(aws, jobRequest(aws))
  const update = async (changes: object): Promise<string> =>
    errorOf(aws.sagemaker.send(new UpdateTrainingJobCommand({ TrainingJobName, ...changes })))
  expect(await update({ ResourceConfig: { KeepAlivePeriodInSeconds: 60 } })).toMatch(/was created with it/)
  expect(await update({ RemoteDebugConfig: { EnableRemoteDebug: true } })).toMatch(/Downloading or Training/)
  expect(await update({ ProfilerConfig: { DisableProfiler: true } })).toMatch(/does not implement/)
  expect(await update({ TrainingJobName: 'none' })).toMatch(/not found/)
  await reach(aws, TrainingJobName, ({ TrainingJobStatus }) => TrainingJobStatus === 'Completed')
})
