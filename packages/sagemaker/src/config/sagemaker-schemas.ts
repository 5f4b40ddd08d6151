import type { Duration } from '@sidestep/core'
import { nearestName } from '@sidestep/core/component'
import * as z from 'zod'

import { parseArn } from '../aws/arn.ts'
import { instanceTypeNames } from '../operator/instance-type-names.ts'
import type { SagemakerConfig, SagemakerSettings, SagemakerVpc } from '../sagemaker-config.ts'
import { endpointSchema, profileSchema, regionOr, regionSchema } from './location-schemas.ts'
import { milliseconds } from './milliseconds.ts'
import type { ResolvedSagemakerConfig, ResolvedSagemakerSettings } from './resolved-config.ts'
import { checkConflicts } from './settings-conflicts.ts'
import { strictObject } from './strict-object.ts'

const DEFAULT_STOP_GRACE: Duration = '90s'
/** SageMaker kills a job 120 seconds after it was told to stop; the entrypoint then writes the result. */
const LONGEST_STOP_GRACE_MS = 110_000
/** Of a warm pool: the published model. */
const LONGEST_KEEP_ALIVE_MS = 6 * 3_600_000
const DEFAULT_POLL_INTERVAL: Duration = '15s'
const LONGEST_POLL_INTERVAL_MS = 10 * 60_000

const someText = z.string().min(1)
const textMap = z.record(someText, z.string(), {
  error: ({ code }) => (code === 'invalid_type' ? "write names with texts: { team: 'birds' }" : undefined),
})
const NO_URI = 'this is not an S3 URI: write s3://bucket/path'
const s3Uri = z.string(NO_URI).regex(/^s3:\/\/[^/]+/, NO_URI)
// Here, and not where machines are chosen: what needs no request is told when a run starts, and before an image is built.
const instanceType = z
  .string()
  .regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/, { error: ({ input }) => noType(String(input)), abort: true })
  .refine((type) => instanceTypeNames().includes(type), { error: ({ input }) => unknownType(String(input)) })
const role = z
  .string()
  .refine(
    isRole,
    'this is not the ARN of a role: write arn:aws:iam::123456789012:role/name, as `aws iam get-role` shows it',
  )

const vpc: z.ZodType<SagemakerVpc, SagemakerVpc> = strictObject({
  subnets: z.array(someText).min(1).max(16).describe('Ids of 1 to 16 subnets.'),
  securityGroupIds: z.array(someText).min(1).max(5).describe('Ids of 1 to 5 security groups.'),
})

/** Of `SagemakerConfig`. */
export const sagemakerConfigSchema: z.ZodType<ResolvedSagemakerConfig, SagemakerConfig> = strictObject({
  role: role.describe('ARN of the role that jobs run as.'),
  region: regionSchema.optional().describe('Of the jobs: eu-west-1. Default: AWS_REGION, else AWS_DEFAULT_REGION.'),
  profile: profileSchema.optional().describe("Of ~/.aws/config, for the launcher's own calls."),
  endpoint: endpointSchema.optional().describe("Instead of the services' own, for all of them: a simulator."),
  tags: textMap.default({}).describe("Of every job, beside Sidestep's own."),
  vpc: vpc.optional().describe("The network of the jobs. Default: SageMaker's own."),
  kmsKeyId: someText.optional().describe("Id or ARN of the key that encrypts disks and outputs. Default: AWS's own."),
  defaultInstanceType: instanceType
    .optional()
    .describe('For steps that ask for no resources and name no type. Default: ml.m5.large.'),
  outputPath: s3Uri
    .optional()
    .describe('S3 URI below which SageMaker puts what jobs leave in /opt/ml/model. Default: below the artifact store.'),
  stopGrace: milliseconds
    .refine(
      (ms) => ms <= LONGEST_STOP_GRACE_MS,
      'at most 110s: SageMaker kills a job 120 seconds after it was told to stop',
    )
    .prefault(DEFAULT_STOP_GRACE)
    .describe('How long a step may go on after it was told to stop, at most 110s.'),
  pollInterval: milliseconds
    .refine((ms) => ms <= LONGEST_POLL_INTERVAL_MS, 'at most 10m')
    .prefault(DEFAULT_POLL_INTERVAL)
    .describe('The longest time between two looks at a job that runs.'),
}).transform(({ region: given, stopGrace, pollInterval, ...config }, context): ResolvedSagemakerConfig => {
  const found = regionOr(given, 'the jobs', context)
  if (found === undefined) return z.NEVER
  return {
    ...(config as Omit<SagemakerConfig, 'region'>),
    tags: config.tags,
    region: found,
    stopGraceMs: stopGrace,
    pollIntervalMs: pollInterval,
  }
}) as z.ZodType<unknown> as z.ZodType<ResolvedSagemakerConfig, SagemakerConfig>

/** What `inputData` is. */
const CHANNELS = "write channels by name: { train: { s3Uri: 's3://bucket/images/' } }"

const channel = strictObject({
  s3Uri: s3Uri.describe('A prefix, or a manifest.'),
  inputMode: z
    .enum(['File', 'FastFile', 'Pipe'])
    .optional()
    .describe('How the files come into the job. Default: File.'),
  contentType: someText.optional().describe('MIME type of the files.'),
  s3DataType: z
    .enum(['S3Prefix', 'ManifestFile', 'AugmentedManifestFile'])
    .optional()
    .describe('What s3Uri names. Default: S3Prefix.'),
  distribution: z
    .enum(['FullyReplicated', 'ShardedByS3Key'])
    .optional()
    .describe('Whether each machine gets all of it, or a share. Default: FullyReplicated.'),
})

/** Of `SagemakerSettings`. */
export const sagemakerSettingsSchema: z.ZodType<ResolvedSagemakerSettings, SagemakerSettings> = strictObject({
  instanceTypes: z
    .array(instanceType)
    .min(1)
    .refine((types) => new Set(types).size === types.length, 'a type is named twice')
    .optional()
    .describe('Types in the order of preference: the next is taken where one has no capacity or no quota.'),
  instanceType: instanceType.optional().describe("The type of the job's machines."),
  instanceCount: z.int().min(1).optional().describe('Machines of the job. Default: resources.instanceCount, else 1.'),
  volumeSizeGiB: z.int().min(1).optional().describe('Of the disk of each machine. Default: 30.'),
  useSpot: z.boolean().optional().describe('Use spare capacity, which costs less and can be taken away.'),
  maxWait: milliseconds.optional().describe('With useSpot: how long waiting and running may take together.'),
  checkpoint: strictObject({
    s3Uri: s3Uri.describe('Where it is kept.'),
    localPath: z
      .string()
      .regex(/^\//, 'write an absolute path')
      .optional()
      .describe('In the job. Default: /opt/ml/checkpoints.'),
  })
    .optional()
    .describe('What is kept of the step when its job is interrupted.'),
  keepAlive: milliseconds
    .refine((ms) => ms <= LONGEST_KEEP_ALIVE_MS, 'at most 6h')
    .optional()
    .describe('How long the machines stay for the next job, at most 6h.'),
  inputData: z
    .record(someText, channel, { error: (issue) => (issue.code === 'invalid_type' ? CHANNELS : undefined) })
    .optional()
    .describe('Files of S3 in /opt/ml/input/data, by channel.'),
  environment: textMap.optional().describe('Variables of the job, of at most 512 characters.'),
  tags: textMap.optional().describe("Of the job; they win over the operator's."),
  vpc: vpc.optional().describe("Instead of the operator's."),
  networkIsolation: z
    .boolean()
    .optional()
    .describe('Cuts the container off from every network, the artifact store included.'),
  experiment: strictObject({
    experimentName: someText.optional().describe('An experiment that exists.'),
    trialName: someText.optional().describe('A trial of it that exists.'),
    displayName: someText.optional().describe('Of the job in lists.'),
    runName: someText.optional().describe('Of the experiment.'),
  })
    .optional()
    .describe('Where SageMaker Experiments lists the job.'),
  maxRetriesOnInternalError: z
    .int()
    .min(1)
    .max(30)
    .optional()
    .describe('How often SageMaker itself starts a job again that failed by a fault of SageMaker.'),
  trainingPlanArn: someText.optional().describe('ARN of the training plan whose machines the job gets.'),
  maxPending: milliseconds
    .optional()
    .describe('How long SageMaker lets a job with accelerators wait for machines, from 2h to 28d.'),
  extra: z
    .record(z.string(), z.json())
    .optional()
    .describe('A patch of the request of CreateTrainingJob, merged last (RFC 7386).'),
}).superRefine((settings, context) => {
  for (const { path, message } of checkConflicts(settings as ResolvedSagemakerSettings)) {
    context.addIssue({ code: 'custom', path: [path], message })
  }
}) as z.ZodType<unknown> as z.ZodType<ResolvedSagemakerSettings, SagemakerSettings>

/** Types of EC2 are written without `ml.`. */
function noType(text: string): string {
  const known = instanceTypeNames()
  const near = nearestName(text.startsWith('ml.') ? text : `ml.${text}`, known)
  return `this is not an instance type: write ${near ?? 'one such as ml.g5.xlarge'}`
}

function unknownType(type: string): string {
  const near = nearestName(type, instanceTypeNames())
  const meant = near === undefined ? '.' : `; did you mean ${near}?`
  return `SageMaker has no ${type} for training jobs${meant} One that is newer than this version of Sidestep can be given as extra: { ResourceConfig: { InstanceType: … } }`
}

function isRole(text: string): boolean {
  const arn = parseArn(text)
  return arn?.service === 'iam' && arn.account !== '' && arn.resource.startsWith('role/')
}
