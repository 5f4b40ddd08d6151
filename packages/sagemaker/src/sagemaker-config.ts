import type { Duration } from '@sidestep/core'

/** The network that the machines of a job are in. */
export interface SagemakerVpc {
  /** 1 to 16 ids, such as `subnet-0a1b2c3d`. */
  readonly subnets: readonly string[]
  /** 1 to 5 ids, such as `sg-0a1b2c3d`. */
  readonly securityGroupIds: readonly string[]
}

/** Configuration of the step operator `sagemaker`: of one account and region. */
export interface SagemakerConfig {
  /** ARN of the role that jobs run as: `arn:aws:iam::123456789012:role/steps`. Its account is that of the jobs. */
  readonly role: string
  /** Of the jobs: `eu-west-1`. Default: `AWS_REGION`, else `AWS_DEFAULT_REGION`. */
  readonly region?: string
  /** Of `~/.aws/config`, for the launcher's own calls. Default: as the SDK finds credentials. */
  readonly profile?: string
  /**
   * Instead of the services' own, for all that the operator calls: a simulator, or what stands before all of AWS. A loopback one needs no
   * credentials. VPC endpoints are of one service each: the SDK reads `AWS_ENDPOINT_URL_SAGEMAKER`, `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS` and
   * `AWS_ENDPOINT_URL_STS`.
   */
  readonly endpoint?: string
  /** Of every job, beside Sidestep's own. */
  readonly tags?: Readonly<Record<string, string>>
  /** Default: SageMaker's own network. */
  readonly vpc?: SagemakerVpc
  /** Id or ARN of the key that encrypts the jobs' disks and what they leave below `outputPath`. Default: AWS's own. */
  readonly kmsKeyId?: string
  /** For steps that ask for no resources and name no type. Default: `ml.m5.large`. */
  readonly defaultInstanceType?: string
  /** S3 URI below which SageMaker puts what jobs leave in `/opt/ml/model`. Default: `sagemaker` below the artifact store. */
  readonly outputPath?: string
  /** How long a step may go on after it was told to stop, at most 110 seconds: SageMaker ends a job after 120. Default: 90 seconds. */
  readonly stopGrace?: Duration
  /** The longest time between two looks at a job that runs. Default: 15 seconds. */
  readonly pollInterval?: Duration
}

/** Files of S3 that a job finds in `/opt/ml/input/data/<channel>`. */
export interface SagemakerChannel {
  /** A prefix, or a manifest: `s3://bucket/images/`. The bucket is in the jobs' region. */
  readonly s3Uri: string
  /** `File`: all of it is there before the step begins. `FastFile`: it is read as it is opened. `Pipe`: named pipes. Default: `File`. */
  readonly inputMode?: 'File' | 'FastFile' | 'Pipe'
  /** MIME type of the files: `text/csv`. */
  readonly contentType?: string
  /** What `s3Uri` names. Default: `S3Prefix`. */
  readonly s3DataType?: 'S3Prefix' | 'ManifestFile' | 'AugmentedManifestFile'
  /** Whether each machine gets all of it, or a share. Default: `FullyReplicated`. */
  readonly distribution?: 'FullyReplicated' | 'ShardedByS3Key'
}

/** A step's `settings['step_operator.sagemaker']`. */
export interface SagemakerSettings {
  /** The type of the job's machines. Default: the smallest that has the step's `resources`. */
  readonly instanceType?: string
  /** Types in the order of preference: where one has no capacity or no quota, the next attempt takes the next. */
  readonly instanceTypes?: readonly string[]
  /** Machines of the job. Default: `resources.instanceCount`, else 1. */
  readonly instanceCount?: number
  /** Of the disk of each machine, in GiB. Types with disks of their own have those, and refuse it. Default: 30. */
  readonly volumeSizeGiB?: number
  /** Use spare capacity, which costs less and can be taken away: the step starts again from its checkpoint. Default: false. */
  readonly useSpot?: boolean
  /** With `useSpot`: how long waiting and running may take together. Default: as long as the step may run, and its `timeouts.queue`. */
  readonly maxWait?: Duration
  /** What the step leaves in `localPath` is kept in S3, and is there again when the job starts again. */
  readonly checkpoint?: {
    /** Where it is kept: `s3://bucket/checkpoints/run-7`. */
    readonly s3Uri: string
    /** In the job. Default: `/opt/ml/checkpoints`. */
    readonly localPath?: string
  }
  /** How long the machines stay for the next job that is like this one, at most 6 hours. They are paid for. Default: not at all. */
  readonly keepAlive?: Duration
  /** By the names of channels. */
  readonly inputData?: Readonly<Record<string, SagemakerChannel>>
  /** Variables of the job, of at most 512 characters. The step's own `environment` has no such limit. */
  readonly environment?: Readonly<Record<string, string>>
  /** Of the job; they win over the operator's. */
  readonly tags?: Readonly<Record<string, string>>
  /** Instead of the operator's. */
  readonly vpc?: SagemakerVpc
  /** Cuts the container off from every network, the artifact store included: a step cannot read its input so. Default: false. */
  readonly networkIsolation?: boolean
  /** Where SageMaker Experiments lists the job. */
  readonly experiment?: {
    /** An experiment that exists. */
    readonly experimentName?: string
    /** A trial of it that exists. */
    readonly trialName?: string
    /** Of the job in lists. */
    readonly displayName?: string
    /** Of the experiment. */
    readonly runName?: string
  }
  /** How often SageMaker itself starts a job again that failed by a fault of SageMaker, from 1 to 30. Default: not at all. */
  readonly maxRetriesOnInternalError?: number
  /** ARN of the training plan whose reserved machines the job gets. */
  readonly trainingPlanArn?: string
  /** How long SageMaker itself lets a job with accelerators wait for machines, from 2 hours to 28 days. Default: its own. */
  readonly maxPending?: Duration
  /**
   * A patch of the request of CreateTrainingJob, in its own words, merged last (RFC 7386: `null` removes): for what there is
   * no setting for. `sidestep plan` shows the result.
   */
  readonly extra?: Readonly<Record<string, unknown>>
}
