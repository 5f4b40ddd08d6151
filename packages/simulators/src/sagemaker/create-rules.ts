import { posix } from 'node:path'

import { ACCOUNT_ID } from '../aws-json/aws-json-call.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { checkpointPath } from './checkpoints.ts'
import { DEFAULT_MAX_RUNTIME_SECONDS } from './describe.ts'
import { ML_FOLDER } from './ml-folder.ts'
import { objectsBelow, parseS3Uri, type S3Location } from './s3-files.ts'
import { notSimulated, validationError } from './sagemaker-errors.ts'
import { instanceGroupsOf, type Channel, type TrainingJobRequest } from './training-job.ts'

/** What a request is checked against. */
export interface CreateContext {
  readonly objects: ObjectStore
  /** `undefined`: there is no such bucket. */
  readonly bucketRegion: (bucket: string) => string | undefined
  /** The region of the job. */
  readonly region: string
}

/** 28 days: StoppingCondition of the API. */
const MAX_RUNTIME_SECONDS = 28 * 86_400
/** Families whose instances have storage of their own: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html. */
const LOCAL_STORAGE = /^ml\.(?:g4dn|g5|g6|g6e|g7|g7e|p3dn|p4d|p4de|p5|p5e|p5en|p6[a-z0-9-]*|r5d|trn1|trn1n|trn2)\./

/**
 * Throws what is wrong with a request whose parts each keep their limits, but not the whole. Where it is documented, in SageMaker's words.
 */
export function checkCreate(request: TrainingJobRequest, context: CreateContext): void {
  checkRole(request)
  checkAlgorithm(request)
  checkResources(request)
  checkStopping(request)
  checkSpotAndPool(request)
  checkTags(request)
  checkCheckpoints(request)
  checkChannels(request)
  checkBuckets(request, context)
}

function checkRole({ RoleArn: role }: TrainingJobRequest): void {
  // https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-python-sdk-troubleshooting.html, of processing jobs.
  if (role.split(':')[4] !== ACCOUNT_ID) throw validationError('RoleArn: Cross-account pass role is not allowed.')
}

function checkAlgorithm({
  AlgorithmSpecification: algorithm,
  ServerlessJobConfig: serverless,
  ...request
}: TrainingJobRequest): void {
  if (serverless !== undefined) throw notSimulated('ServerlessJobConfig')
  if (algorithm === undefined)
    throw validationError('AlgorithmSpecification must be provided for a training job that is not serverless.')
  const { TrainingImage: image, AlgorithmName: name, TrainingInputMode: mode } = algorithm
  if ((image === undefined) === (name === undefined)) {
    throw validationError('You must specify exactly one of TrainingImage and AlgorithmName in AlgorithmSpecification.')
  }
  if (name !== undefined) throw notSimulated(`AlgorithmName: ${name}`)
  if (algorithm.TrainingImageConfig?.TrainingRepositoryAccessMode === 'Vpc') {
    if (request.VpcConfig === undefined) {
      throw validationError('VpcConfig must be provided when TrainingRepositoryAccessMode is set to Vpc.')
    }
    throw notSimulated('TrainingRepositoryAccessMode: Vpc')
  }
  if (mode === 'Pipe') throw notSimulated('TrainingInputMode: Pipe')
}

function checkResources({ ResourceConfig: config }: TrainingJobRequest): void {
  if (config === undefined)
    throw validationError('ResourceConfig must be provided for a training job that is not serverless.')
  const {
    InstanceType: type,
    InstanceCount: count,
    InstanceGroups: groups = [],
    VolumeSizeInGB: volume,
    VolumeKmsKeyId: key,
  } = config
  if (groups.length > 0 && (type !== undefined || count !== undefined)) {
    throw validationError(
      'InstanceGroups cannot be specified together with InstanceType and InstanceCount in ResourceConfig.',
    )
  }
  if (groups.length === 0 && (type === undefined || count === undefined)) {
    throw validationError('InstanceType and InstanceCount, or InstanceGroups, must be specified in ResourceConfig.')
  }
  if (count === 0 || groups.some(({ InstanceCount }) => InstanceCount === 0)) {
    throw validationError('InstanceCount must be greater than or equal to 1.')
  }
  const names = groups.map(({ InstanceGroupName }) => InstanceGroupName)
  if (new Set(names).size < names.length)
    throw validationError('InstanceGroupName must be unique within InstanceGroups.')
  const types = groups.length > 0 ? groups.map(({ InstanceType }) => InstanceType) : [type ?? '']
  const local = types.find((one) => LOCAL_STORAGE.test(one))
  if (key !== undefined && local !== undefined) {
    throw validationError(
      `VolumeKmsKeyId is not supported for instance type ${local}, whose local storage is encrypted by its own hardware.`,
    )
  }
  if (types.some((one) => !LOCAL_STORAGE.test(one)) && (volume === undefined || volume < 1)) {
    throw validationError('VolumeSizeInGB must be specified, and at least 1, for instance types without local storage.')
  }
}

function checkStopping({
  StoppingCondition: limits,
  EnableManagedSpotTraining: isSpot = false,
}: TrainingJobRequest): void {
  if (limits === undefined)
    throw validationError('StoppingCondition must be provided for a training job that is not serverless.')
  const { MaxRuntimeInSeconds: run, MaxWaitTimeInSeconds: wait } = limits
  if (run !== undefined && run > MAX_RUNTIME_SECONDS) {
    throw validationError(`MaxRuntimeInSeconds ${run} must be less than or equal to ${MAX_RUNTIME_SECONDS}.`)
  }
  if (wait !== undefined && !isSpot) {
    // https://github.com/Kenza-AI/sagify/issues/111
    throw validationError(
      'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true',
    )
  }
  if (isSpot && (wait === undefined || wait < (run ?? DEFAULT_MAX_RUNTIME_SECONDS))) {
    throw validationError(
      'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds',
    )
  }
}

function checkSpotAndPool({
  ResourceConfig: config,
  EnableManagedSpotTraining: isSpot = false,
}: TrainingJobRequest): void {
  const isKept = (config?.KeepAlivePeriodInSeconds ?? 0) > 0
  if (isKept && isSpot) {
    throw validationError('KeepAlivePeriodInSeconds is not supported when EnableManagedSpotTraining is set to true.')
  }
  if (isKept && (config?.InstanceGroups?.length ?? 0) > 0) {
    throw validationError('KeepAlivePeriodInSeconds is not supported for heterogeneous clusters.')
  }
  if (config?.TrainingPlanArn !== undefined && isSpot) {
    throw validationError('TrainingPlanArn is not supported when EnableManagedSpotTraining is set to true.')
  }
}

function checkTags({ Tags: tags = [] }: TrainingJobRequest): void {
  checkTagKeys(tags.map(({ Key }) => Key))
}

/** Throws where a key of tags comes twice, in whatever case, or is one of AWS's own. */
export function checkTagKeys(keys: readonly string[]): void {
  if (new Set(keys.map((key) => key.toLowerCase())).size < keys.length)
    throw validationError('Duplicate tag keys found. Please note that tag keys are case insensitive.')
  const own = keys.find((key) => /^aws:/i.test(key))
  if (own !== undefined) throw validationError(`Tag keys cannot start with "aws:": ${own}`)
}

function checkCheckpoints({ CheckpointConfig: config }: TrainingJobRequest): void {
  if (config === undefined) return
  const path = checkpointPath(config)
  const isInside = path.startsWith(`${ML_FOLDER}/`)
  const own = ['input', 'model', 'output'].find((name) => `${path}/`.startsWith(`${ML_FOLDER}/${name}/`))
  if (path === '/' || path === ML_FOLDER || (!isInside && ML_FOLDER.startsWith(`${path}/`)) || own !== undefined) {
    throw validationError(
      `LocalPath ${posix.normalize(config.LocalPath ?? '')} of CheckpointConfig is a folder that SageMaker uses itself.`,
    )
  }
}

function checkChannels(request: TrainingJobRequest): void {
  const channels = request.InputDataConfig ?? []
  const names = channels.map(({ ChannelName }) => ChannelName)
  if (new Set(names).size < names.length) throw validationError('Channel names must be unique within InputDataConfig.')
  const groups = new Set(instanceGroupsOf(request).map(({ InstanceGroupName }) => InstanceGroupName))
  for (const channel of channels) checkChannel(channel, groups)
}

function checkChannel(channel: Channel, groups: ReadonlySet<string>): void {
  const { ChannelName: name, DataSource: source, CompressionType: compression = 'None', InputMode: mode } = channel
  const sources = [source.S3DataSource, source.FileSystemDataSource, source.DatasetSource].filter(
    (one) => one !== undefined,
  )
  if (sources.length !== 1) throw validationError(`The DataSource of channel ${name} must have exactly one source.`)
  if (source.S3DataSource === undefined) throw notSimulated(`the data source of channel ${name}: only S3DataSource`)
  const { S3DataType: type, InstanceGroupNames = [] } = source.S3DataSource
  if (mode === 'Pipe') throw notSimulated(`InputMode: Pipe of channel ${name}`)
  if (type !== 'S3Prefix' && type !== 'ManifestFile') throw notSimulated(`S3DataType: ${type} of channel ${name}`)
  if (compression !== 'None')
    throw validationError(`CompressionType ${compression} of channel ${name} is only supported in Pipe input mode.`)
  if ((channel.RecordWrapperType ?? 'None') !== 'None') throw notSimulated(`RecordWrapperType of channel ${name}`)
  if (channel.ShuffleConfig !== undefined) throw notSimulated(`ShuffleConfig of channel ${name}`)
  const unknown = InstanceGroupNames.find((group) => !groups.has(group))
  if (unknown !== undefined)
    throw validationError(`Channel ${name} names the instance group ${unknown}, which InstanceGroups does not have.`)
}

function checkBuckets(request: TrainingJobRequest, context: CreateContext): void {
  const { OutputDataConfig: output, CheckpointConfig: checkpoints, InputDataConfig: channels = [] } = request
  bucketOf(output.S3OutputPath, 'OutputDataConfig.S3OutputPath', request, context)
  if (checkpoints !== undefined) bucketOf(checkpoints.S3Uri, 'CheckpointConfig.S3Uri', request, context)
  for (const { DataSource } of channels) {
    const uri = DataSource.S3DataSource?.S3Uri ?? ''
    const location = parseS3Uri(uri)
    const isThere =
      location !== undefined && isHere(location, context) && objectsBelow(context.objects, location).length > 0
    // https://github.com/aws/amazon-sagemaker-examples/issues/2267
    if (!isThere) {
      throw validationError(
        `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region ` +
          `(${context.region}), that objects exist under that S3 prefix, and that the role "${request.RoleArn}" has "s3:ListBucket" ` +
          `permissions on bucket "${location?.bucket ?? ''}".`,
      )
    }
  }
}

function bucketOf(uri: string, field: string, { RoleArn }: TrainingJobRequest, context: CreateContext): void {
  const location = parseS3Uri(uri)
  if (location === undefined) throw validationError(`${field} must be an S3 URI of the form s3://bucket/prefix: ${uri}`)
  if (isHere(location, context)) return
  throw validationError(
    `The S3 bucket of ${field}, "${location.bucket}", cannot be reached. Please ensure that it exists in the selected region ` +
      `(${context.region}), and that the role "${RoleArn}" may use it.`,
  )
}

function isHere({ bucket }: S3Location, { bucketRegion, region }: CreateContext): boolean {
  return bucketRegion(bucket) === region
}
