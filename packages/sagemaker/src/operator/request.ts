import { configError, type JobToPrepare, type StepRunInfo } from '@sidestep/core'

import type { ResolvedSagemakerConfig, ResolvedSagemakerSettings } from '../config/resolved-config.ts'
import { checkLimits } from './check-limits.ts'
import { chooseInstanceType } from './choose-instance-type.ts'
import { inputDataConfig } from './input-data.ts'
import { hasOwnDisks } from './instance-types.ts'
import { jobEnvironment } from './job-environment.ts'
import { MARK_COUNT, TAG_PREFIX } from './job-marks.ts'
import { jobName } from './job-name.ts'
import { mergePatch, type JsonObject } from './merge-patch.ts'
import { checkExtra, checkMachine, machinesOf } from './request-checks.ts'
import { checkRuntime, stoppingCondition } from './stopping-condition.ts'

/** What the intent keeps and `plan` prints: everything that decides how a job runs, and nothing secret. */
export interface SagemakerRequest {
  /** The machines, and why these. */
  readonly instance: { readonly type: string; readonly count: number; readonly why: string }
  /** Names of the step's variables that SageMaker does not take: they come to the step by `spec.json`. Absent: none. */
  readonly environmentInSpec?: readonly string[]
  /** Of CreateTrainingJob, as plain JSON. Each create call adds variables and tags that say what the job is. */
  readonly trainingJob: TrainingJobRequest
}

/** A request of CreateTrainingJob, as far as it is always there; settings and `extra` add to it. */
export interface TrainingJobRequest {
  readonly TrainingJobName: string
  readonly Environment: Readonly<Record<string, string>>
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[]
  readonly [member: string]: unknown
}

/** SageMaker's own default in its Python SDK, in GiB; the API has none. */
const VOLUME_GIB = 30
/** Of tags of CreateTrainingJob: the published model. */
const MOST_TAGS = 50
/** The exact request of a training job, or an error about what SageMaker cannot do. Pure. */
export function prepareRequest(
  job: JobToPrepare<ResolvedSagemakerSettings, undefined>,
  config: ResolvedSagemakerConfig,
): SagemakerRequest {
  const { info, labels, settings, command, environment } = job
  const { stepName, runId } = info
  const { resourceSettings: resources, timeouts } = info.config
  const count = machinesOf(info, settings)
  const chosen = chooseInstanceType({ stepName, resources, settings, config, alternative: info.alternative })
  checkMachine(info, settings, chosen)
  const { variables, inSpec } = jobEnvironment({
    stepName,
    environment,
    ofSettings: settings.environment ?? {},
  })
  const base: JsonObject = {
    TrainingJobName: jobName({ runId, stepName, token: labels.token, journalId: labels.journalId }),
    RoleArn: config.role,
    AlgorithmSpecification: {
      TrainingImage: imageOf(info),
      TrainingInputMode: 'File',
      ContainerEntrypoint: command,
    },
    OutputDataConfig: {
      S3OutputPath: outputPath(config, environment, stepName),
      ...(config.kmsKeyId === undefined ? {} : { KmsKeyId: config.kmsKeyId }),
    },
    ResourceConfig: resourceConfig(chosen.type, count, settings, config),
    StoppingCondition: stoppingCondition(settings, timeouts, stepName),
    Environment: variables,
    Tags: tagsOf(settings, config, stepName),
    ...optionalMembers(settings, config),
  }
  checkExtra(settings.extra ?? {}, stepName)
  const trainingJob = mergePatch(base, settings.extra ?? {}) as TrainingJobRequest
  checkLimits(complete(trainingJob), stepName)
  checkRuntime(trainingJob, stepName)
  return {
    instance: instanceOf(trainingJob, { type: chosen.type, count, why: chosen.why }),
    ...(inSpec.length === 0 ? {} : { environmentInSpec: inSpec }),
    trainingJob,
  }
}

/** `extra` has the last word about machines, too. */
function instanceOf(
  { ResourceConfig }: TrainingJobRequest,
  chosen: SagemakerRequest['instance'],
): SagemakerRequest['instance'] {
  const { InstanceType: type, InstanceCount: count } = (ResourceConfig ?? {}) as JsonObject
  if (type === chosen.type && count === chosen.count) return chosen
  return {
    type: typeof type === 'string' ? type : 'as settings.extra says',
    count: typeof count === 'number' ? count : chosen.count,
    why: 'settings.extra says so',
  }
}

/** With as many entries as a create call makes of it, and a name where a plan has placeholders in it. */
function complete(request: TrainingJobRequest): object {
  const { TrainingJobName: name, Environment: environment = {}, Tags: tags = [] } = request
  const marks = Array.from({ length: MARK_COUNT }, (_, n) => `SIDESTEP_MARK_${n}`)
  return {
    ...request,
    TrainingJobName: name.replaceAll(/[<>]/g, ''),
    Environment: { ...environment, ...Object.fromEntries(marks.map((key) => [key, ''])) },
    Tags: Array.isArray(tags) ? [...tags, ...marks.map((Key) => ({ Key, Value: '' }))] : tags,
  }
}

function resourceConfig(
  type: string,
  count: number,
  { volumeSizeGiB, keepAlive, trainingPlanArn }: ResolvedSagemakerSettings,
  { kmsKeyId }: ResolvedSagemakerConfig,
): JsonObject {
  // Disks of the machine's own are encrypted with a key of the machine's own.
  const disk = hasOwnDisks(type)
    ? {}
    : {
        VolumeSizeInGB: volumeSizeGiB ?? VOLUME_GIB,
        ...(kmsKeyId === undefined ? {} : { VolumeKmsKeyId: kmsKeyId }),
      }
  return {
    InstanceType: type,
    InstanceCount: count,
    ...disk,
    ...(keepAlive === undefined ? {} : { KeepAlivePeriodInSeconds: Math.ceil(keepAlive / 1_000) }),
    ...(trainingPlanArn === undefined ? {} : { TrainingPlanArn: trainingPlanArn }),
  }
}

function optionalMembers(settings: ResolvedSagemakerSettings, config: ResolvedSagemakerConfig): JsonObject {
  const { inputData, useSpot, checkpoint, networkIsolation, experiment, maxRetriesOnInternalError } = settings
  const vpc = settings.vpc ?? config.vpc
  return {
    ...(inputData === undefined || Object.keys(inputData).length === 0
      ? {}
      : { InputDataConfig: inputDataConfig(inputData) }),
    ...(vpc === undefined ? {} : { VpcConfig: { SecurityGroupIds: vpc.securityGroupIds, Subnets: vpc.subnets } }),
    ...(useSpot === true ? { EnableManagedSpotTraining: true } : {}),
    ...(checkpoint === undefined
      ? {}
      : {
          CheckpointConfig: {
            S3Uri: checkpoint.s3Uri,
            ...(checkpoint.localPath === undefined ? {} : { LocalPath: checkpoint.localPath }),
          },
        }),
    ...(networkIsolation === true ? { EnableNetworkIsolation: true } : {}),
    ...(experiment === undefined ? {} : { ExperimentConfig: experimentConfig(experiment) }),
    ...(maxRetriesOnInternalError === undefined
      ? {}
      : { RetryStrategy: { MaximumRetryAttempts: maxRetriesOnInternalError } }),
  }
}

function experimentConfig({
  experimentName,
  trialName,
  displayName,
  runName,
}: NonNullable<ResolvedSagemakerSettings['experiment']>): JsonObject {
  return {
    ...(experimentName === undefined ? {} : { ExperimentName: experimentName }),
    ...(trialName === undefined ? {} : { TrialName: trialName }),
    ...(displayName === undefined ? {} : { TrialComponentDisplayName: displayName }),
    ...(runName === undefined ? {} : { RunName: runName }),
  }
}

function tagsOf(
  { tags = {} }: ResolvedSagemakerSettings,
  config: ResolvedSagemakerConfig,
  stepName: string,
): TrainingJobRequest['Tags'] {
  const all = Object.entries({ ...config.tags, ...tags })
  const refused = all.find(([key]) => /^aws:/i.test(key) || key.startsWith(TAG_PREFIX))
  if (refused !== undefined) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has the tag ${refused[0]}: names that begin with aws: are AWS's own, and with ${TAG_PREFIX} Sidestep's`,
      'Call it something else, in tags of the settings or of the step operator.',
    )
  }
  const names = all.map(([key]) => key.toLowerCase())
  const twice = all.find(([key], index) => names.indexOf(key.toLowerCase()) < index)
  if (twice !== undefined) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has the tag ${twice[0]} twice: to SageMaker, names of tags in capital and small letters are the same`,
      'Remove one of the two, of the settings or of the step operator.',
    )
  }
  if (all.length + MARK_COUNT > MOST_TAGS) {
    throw configError(
      'CONFIG_INVALID',
      `the step ${stepName} has ${all.length} tags, and SageMaker takes ${MOST_TAGS}, ${MARK_COUNT} of which are Sidestep's`,
      'Remove some, of the settings or of the step operator.',
    )
  }
  return all.map(([Key, Value]) => ({ Key, Value }))
}

/** Below the artifact store, where the operator does not say it. */
function outputPath(
  { outputPath: given }: ResolvedSagemakerConfig,
  environment: Readonly<Record<string, string>>,
  stepName: string,
): string {
  if (given !== undefined) return given
  const { uri } = JSON.parse(environment['SIDESTEP_STORE'] ?? '{}') as { readonly uri?: unknown }
  if (typeof uri === 'string' && uri.startsWith('s3://')) return `${uri.replace(/\/$/, '')}/sagemaker`
  throw configError(
    'CONFIG_INVALID',
    `SageMaker needs a place in S3 for what the job of the step ${stepName} leaves, and the artifact store is none`,
    'Give the step operator an outputPath such as s3://bucket/sagemaker, or the stack an artifact store of the flavor s3.',
  )
}

function imageOf({ image, stepName }: StepRunInfo): string {
  if (image !== undefined) return image
  throw configError(
    'IMAGE_INVALID',
    `the step ${stepName} has no image, and the step operator sagemaker runs nothing else`,
    'Give the stack an imageBuilder.',
  )
}
