import { ACCOUNT_ID } from '../aws-json/aws-json-call.ts'
import type { Shape } from '../ground/limits.ts'
import { SAGEMAKER_LIMITS } from './limits.ts'

/** `TrainingJobStatus` of the API. */
export type TrainingJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped' | 'Deleting'
/** `SecondaryStatus` of the API, but for those that it does not use any more, and for `Updating` and `Restarting`, which nothing here comes to. */
export type SecondaryStatus =
  | 'Starting'
  | 'Pending'
  | 'Downloading'
  | 'Training'
  | 'Uploading'
  | 'Interrupted'
  | 'Stopping'
  | 'Stopped'
  | 'MaxRuntimeExceeded'
  | 'MaxWaitTimeExceeded'
  | 'Completed'
  | 'Failed'

/** A channel of `InputDataConfig`, as far as the simulator reads it. */
export interface Channel {
  readonly ChannelName: string
  readonly DataSource: {
    readonly S3DataSource?: {
      readonly S3DataType: string
      readonly S3Uri: string
      readonly S3DataDistributionType?: string
      readonly InstanceGroupNames?: readonly string[]
    }
    readonly FileSystemDataSource?: unknown
    readonly DatasetSource?: unknown
  }
  readonly ContentType?: string
  readonly CompressionType?: string
  readonly RecordWrapperType?: string
  readonly InputMode?: string
  readonly ShuffleConfig?: unknown
}

/** `ResourceConfig` of the API, as far as the simulator reads it. */
export interface ResourceConfig {
  readonly InstanceType?: string
  readonly InstanceCount?: number
  readonly VolumeSizeInGB?: number
  readonly VolumeKmsKeyId?: string
  readonly KeepAlivePeriodInSeconds?: number
  readonly InstanceGroups?: readonly {
    readonly InstanceType: string
    readonly InstanceCount: number
    readonly InstanceGroupName: string
  }[]
  readonly TrainingPlanArn?: string
}

/** A tag. */
export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** `CreateTrainingJobRequest` of the API, as far as the simulator reads it: what else it has is kept, and described. */
export interface TrainingJobRequest {
  readonly TrainingJobName: string
  readonly RoleArn: string
  readonly AlgorithmSpecification?: {
    readonly TrainingImage?: string
    readonly AlgorithmName?: string
    readonly TrainingInputMode: string
    readonly ContainerEntrypoint?: readonly string[]
    readonly ContainerArguments?: readonly string[]
    readonly TrainingImageConfig?: { readonly TrainingRepositoryAccessMode: string }
  }
  readonly HyperParameters?: Readonly<Record<string, string>>
  readonly Environment?: Readonly<Record<string, string>>
  readonly InputDataConfig?: readonly Channel[]
  readonly OutputDataConfig: {
    readonly S3OutputPath: string
    readonly KmsKeyId?: string
    readonly CompressionType?: string
  }
  readonly ResourceConfig?: ResourceConfig
  readonly StoppingCondition?: {
    readonly MaxRuntimeInSeconds?: number
    readonly MaxWaitTimeInSeconds?: number
    readonly MaxPendingTimeInSeconds?: number
  }
  readonly CheckpointConfig?: { readonly S3Uri: string; readonly LocalPath?: string }
  readonly EnableManagedSpotTraining?: boolean
  readonly EnableNetworkIsolation?: boolean
  readonly EnableInterContainerTrafficEncryption?: boolean
  readonly VpcConfig?: unknown
  readonly RetryStrategy?: { readonly MaximumRetryAttempts: number }
  readonly ServerlessJobConfig?: unknown
  readonly Tags?: readonly Tag[]
}

/** A phase of a job. Times are in milliseconds since 1970. */
export interface Transition {
  readonly status: SecondaryStatus
  readonly startedAt: number
  readonly endedAt?: number
  readonly message: string
}

/** `WarmPoolStatus` of the API. */
export interface WarmPool {
  readonly status: 'Available' | 'Terminated' | 'Reused' | 'InUse'
  /** When the machines were kept; in milliseconds since 1970. */
  readonly keptAt?: number
  /** When they were used again, or let go. */
  readonly endedAt?: number
  readonly reusedBy?: string
}

/** A job as it is at one moment. Times are in milliseconds since 1970. */
export interface TrainingJob {
  readonly name: string
  readonly region: string
  readonly arn: string
  readonly request: TrainingJobRequest
  readonly createdAt: number
  readonly modifiedAt: number
  /** When its machines began to work: they cost from then on. */
  readonly trainingStartedAt?: number
  readonly trainingEndedAt?: number
  readonly status: TrainingJobStatus
  readonly secondaryStatus: SecondaryStatus
  readonly transitions: readonly Transition[]
  readonly failureReason?: string
  /** How long its machines worked, in seconds. */
  readonly trainingSeconds?: number
  /** Of these, what is paid. */
  readonly billableSeconds?: number
  readonly warmPool?: WarmPool
}

/** Statuses that a job does not leave any more. */
export const ENDED: ReadonlySet<TrainingJobStatus> = new Set(['Completed', 'Failed', 'Stopped'])

/** `arn:aws:sagemaker:us-east-1:123456789012:training-job/name`. */
export function arnOf(region: string, name: string): string {
  return `arn:aws:sagemaker:${region}:${ACCOUNT_ID}:training-job/${name}`
}

/** The machines of a job, by groups: one group where the request knows none. */
export function instanceGroupsOf({
  ResourceConfig: config,
}: TrainingJobRequest): NonNullable<ResourceConfig['InstanceGroups']> {
  if (config?.InstanceGroups !== undefined && config.InstanceGroups.length > 0) return config.InstanceGroups
  return [
    {
      InstanceGroupName: 'homogeneousCluster',
      InstanceType: config?.InstanceType ?? '',
      InstanceCount: config?.InstanceCount ?? 1,
    },
  ]
}

/** `s3://bucket/prefix/<job>/output/model.tar.gz`. */
export function outputUriOf({ TrainingJobName, OutputDataConfig }: TrainingJobRequest, file: string): string {
  return `${OutputDataConfig.S3OutputPath.replace(/\/+$/, '')}/${TrainingJobName}/output/${file}`
}

/** The members that a structure of the model has. */
export function membersOf(shape: string): readonly string[] {
  const found: Shape | undefined = SAGEMAKER_LIMITS[shape]
  if (found?.type !== 'structure') throw new Error(`${shape} is no structure of the model`)
  return Object.keys(found.members)
}
