import { describe, expect, it } from 'vitest'

import { excesses } from '../../src/operator/check-limits.ts'
import { createInput } from '../../src/operator/create-input.ts'
import { prepareRequest } from '../../src/operator/request.ts'
import type { SagemakerConfig } from '../../src/sagemaker-config.ts'
import { config, job, thrown, type StepParts } from './job-to-prepare.ts'

const ARN = 'arn:aws:sagemaker:eu-west-1:123456789012:training-plan/reserved-for-october-by-the-team'
const VPC = { subnets: ['subnet-0a1b', 'subnet-2c3d'], securityGroupIds: ['sg-0a1b'] }

/** What each setting alone makes of the request: `null` removes from what a step without settings has. */
const CASES: [string, StepParts, Partial<SagemakerConfig>?][] = [
  ['nothing', {}],
  ['instanceType', { settings: { instanceType: 'ml.c7i.4xlarge' } }],
  ['instanceTypes', { settings: { instanceTypes: ['ml.g6.xlarge', 'ml.g5.xlarge'] } }],
  ['instanceTypes, second', { settings: { instanceTypes: ['ml.g6.xlarge', 'ml.p3.2xlarge'] }, alternative: 1 }],
  ['instanceCount', { settings: { instanceCount: 4 } }],
  ['resources', { resources: { cpuCount: 8, memory: '32GiB', gpuCount: 1, gpuType: 'L4', instanceCount: 2 } }],
  ['volumeSizeGiB', { settings: { volumeSizeGiB: 500 } }],
  ['useSpot', { settings: { useSpot: true } }],
  ['useSpot with maxWait', { settings: { useSpot: true, maxWait: '6h' }, timeouts: { runMs: 7_200_000 } }],
  ['checkpoint', { settings: { checkpoint: { s3Uri: 's3://lake/checkpoints', localPath: '/tmp/kept' } } }],
  ['keepAlive', { settings: { keepAlive: '30m' } }],
  [
    'inputData',
    {
      settings: {
        inputData: {
          train: { s3Uri: 's3://lake/images/', inputMode: 'FastFile', contentType: 'image/png' },
          labels: { s3Uri: 's3://lake/labels.manifest', s3DataType: 'ManifestFile', distribution: 'ShardedByS3Key' },
        },
      },
    },
  ],
  ['environment', { settings: { environment: { NCCL_DEBUG: 'INFO' } }, environment: { MODE: 'full' } }],
  ['tags', { settings: { tags: { team: 'birds' } } }, { tags: { team: 'all', cost: 'research' } }],
  ['vpc', { settings: { vpc: VPC } }],
  ['vpc of the operator', {}, { vpc: VPC }],
  ['networkIsolation', { settings: { networkIsolation: true } }],
  [
    'experiment',
    { settings: { experiment: { experimentName: 'birds', trialName: 't-1', displayName: 'train', runName: 'r-1' } } },
  ],
  ['maxRetriesOnInternalError', { settings: { maxRetriesOnInternalError: 3 } }],
  ['trainingPlanArn', { settings: { trainingPlanArn: ARN, instanceType: 'ml.p5.48xlarge' } }],
  ['maxPending', { settings: { maxPending: '3h', instanceType: 'ml.g5.xlarge' } }],
  [
    'extra',
    {
      settings: {
        extra: {
          EnableInterContainerTrafficEncryption: true,
          ResourceConfig: { VolumeSizeInGB: null, InstanceType: 'ml.m5.xlarge' },
          ProfilerConfig: { DisableProfiler: true },
          HyperParameters: { epochs: '3' },
        },
      },
    },
  ],
  ['kmsKeyId', {}, { kmsKeyId: 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd' }],
  ['kmsKeyId and own disks', { settings: { instanceType: 'ml.g5.xlarge' } }, { kmsKeyId: 'alias/steps' }],
  ['defaultInstanceType', {}, { defaultInstanceType: 'ml.t3.medium' }],
  ['outputPath', {}, { outputPath: 's3://elsewhere/models' }],
  ['timeouts', { timeouts: { runMs: 3_600_000, queueMs: 600_000 } }],
  ['docker.environment', { docker: { environment: { LANG: 'C' } }, environment: { LANG: 'C' } }],
]

describe('the request of a training job', () => {
  it.each<[string, StepParts, Partial<SagemakerConfig>?]>(CASES)(
    '%s: is as it was, and the published model takes it',
    (_name, parts, operator) => {
      const request = prepareRequest(job(parts), config(operator))
      expect(request).toMatchSnapshot()
      const { labels } = job(parts)
      const sent = createInput(request, { labels, fingerprint: 'f'.repeat(64), nonce: 'n'.repeat(32) })
      expect(excesses(sent, 'CreateTrainingJobRequest')).toEqual([])
      expect(request).toEqual(JSON.parse(JSON.stringify(request)))
    },
  )

  // ZenML #4338, flavors that ignore what a step says: each setting changes the request.
  it('is another for each setting', () => {
    const texts = CASES.map(([, parts, operator]) =>
      JSON.stringify(prepareRequest(job(parts), config(operator)).trainingJob),
    )
    const same = new Set(['docker.environment', 'vpc of the operator'])
    expect(new Set(texts.filter((_text, n) => !same.has(CASES[n]?.[0] ?? ''))).size).toBe(CASES.length - same.size)
  })

  it('is the same each time', () => {
    expect(prepareRequest(job(), config())).toEqual(prepareRequest(job(), config()))
  })

  // A retry that asks with another machine must not be taken for the job of before.
  it('of another attempt has another name', () => {
    const other = job({ token: 'f'.repeat(32) })
    expect(prepareRequest(other, config()).trainingJob.TrainingJobName).not.toBe(
      prepareRequest(job(), config()).trainingJob.TrainingJobName,
    )
  })

  it('shows where a plan has placeholders', () => {
    const parts = job({
      runId: '<run>',
      token: '<token>',
      image: '<image>',
      command: ['node', '--spec', 's3://b/<run>'],
    })
    const plan = { ...parts, labels: { ...parts.labels, journalId: '<journal>' } }
    expect(prepareRequest(plan, config()).trainingJob.TrainingJobName).toBe('sidestep-<run>-train-<journal>-<token>')
  })

  it('says which machine a plan is about, and why', () => {
    const { instance } = prepareRequest(job({ resources: { cpuCount: 4, memory: '14GiB' } }), config())
    expect(instance).toEqual({
      type: 'ml.m5.xlarge',
      count: 1,
      why: 'the smallest that has cpuCount 4, memory 14GiB, with 10 % of memory left to the system: 4 vCPU, 16 GiB',
    })
  })

  it('takes the network of the step, where the operator has another', () => {
    const own = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] }
    const { trainingJob } = prepareRequest(job({ settings: { vpc: own } }), config({ vpc: VPC }))
    expect(trainingJob['VpcConfig']).toEqual({ Subnets: own.subnets, SecurityGroupIds: own.securityGroupIds })
  })

  // SageMaker has new types more often than there is a new version of the table.
  it('takes a type by extra that the model does not have yet', () => {
    const extra = { ResourceConfig: { InstanceType: 'ml.z9.large' } }
    const { instance } = prepareRequest(job({ settings: { extra } }), config())
    expect(instance).toEqual({ type: 'ml.z9.large', count: 1, why: 'settings.extra says so' })
  })

  // Nobody reads a default of one day: a step that may run for longer was ended by it. An account has five, unless it has asked for more, and
  // was refused every step that did not say how long it may run.
  it.each<[string, number | undefined, number]>([
    ['without timeouts run for as long as an account may by itself', undefined, 432_000],
    ['have a margin', 3_600_000, 4_500],
    ['have no margin that takes it over the quota that its own time keeps', 432_000_000, 432_000],
    ['have a margin over that quota, where its own time is over it', 432_001_000, 432_901],
    ['run for 28 days at most', 28 * 86_400_000, 2_419_200],
  ])('lets a step %s', (_, runMs, seconds) => {
    const { trainingJob } = prepareRequest(job(runMs === undefined ? {} : { timeouts: { runMs } }), config())
    expect(trainingJob['StoppingCondition']).toEqual({ MaxRuntimeInSeconds: seconds })
  })

  it.each<[string, StepParts, RegExp, Partial<SagemakerConfig>?]>([
    [
      'an item of the command that is too long',
      { command: ['node', 'x'.repeat(257)] },
      /ContainerEntrypoint\[1\] has 257 characters, and the most is 256/,
    ],
    [
      'an image that is too long',
      { image: `${'r'.repeat(200)}@sha256:${'ab'.repeat(32)}` },
      /TrainingImage has 272 characters/,
    ],
    ['a channel with a space', { settings: { inputData: { 'a b': { s3Uri: 's3://b/c' } } } }, /ChannelName is "a b"/],
    [
      'a retention of 7 hours',
      { settings: { extra: { ResourceConfig: { KeepAlivePeriodInSeconds: 25_200 } } } },
      /KeepAlivePeriodInSeconds is 25200, and the most is 21600/,
    ],
    [
      'a wait of 1 hour',
      { settings: { maxPending: '1h', instanceType: 'ml.g5.xlarge' } },
      /MaxPendingTimeInSeconds is 3600, and the least is 7200/,
    ],
    ['a plan that is none', { settings: { trainingPlanArn: 'mine' } }, /TrainingPlanArn/],
    ['a tag with an emoji', { settings: { tags: { mood: '🙂' } } }, /Tags\[0\]\.Value is "🙂"/],
    [
      '43 tags and more',
      { settings: { tags: Object.fromEntries(Array.from({ length: 44 }, (_, n) => [`t${n}`, ''])) } },
      /has 44 tags, and SageMaker takes 50, 7 of which are Sidestep's/,
    ],
    ['a tag twice', { settings: { tags: { team: 'birds' } } }, /has the tag team twice/, { tags: { Team: 'all' } }],
    ["a tag of AWS's own", { settings: { tags: { 'aws:x': '' } } }, /has the tag aws:x/],
    ["a tag of Sidestep's own", {}, /has the tag sidestep:run/, { tags: { 'sidestep:run': '' } }],
    [
      'maxPending without accelerators',
      { settings: { maxPending: '3h' } },
      /maxPending, which SageMaker does not heed for ml\.m5\.large/,
    ],
    [
      'a size for disks that have one',
      { settings: { volumeSizeGiB: 10, instanceType: 'ml.g5.xlarge' } },
      /ml\.g5\.xlarge has disks of its own/,
    ],
    [
      'two numbers of machines',
      { settings: { instanceCount: 2 }, resources: { instanceCount: 3 } },
      /resources\.instanceCount 3 and settings\.instanceCount 2/,
    ],
    [
      'less waiting than running',
      { settings: { useSpot: true, maxWait: '1h' }, timeouts: { runMs: 7_200_000 } },
      /maxWait of the step train is 1h 00m, less than its timeouts\.run of 2h 00m/,
    ],
    [
      'a month of running by extra',
      { settings: { extra: { StoppingCondition: { MaxRuntimeInSeconds: 99_999_999 } } } },
      /MaxRuntimeInSeconds of the step train is 99999999, and a training job runs for at most 28 days/,
    ],
    ['a month of running', { timeouts: { runMs: 40 * 86_400_000 } }, /at most 28 days/],
    [
      'another processor',
      { docker: { platform: 'linux/arm64' } },
      /docker\.platform linux\/arm64, and ml\.m5\.large runs images for linux\/amd64/,
    ],
    ['Arm without saying so', { settings: { instanceType: 'ml.p6e-gb200.36xlarge' } }, /needs images for linux\/arm64/],
    [
      'an unknown member in extra',
      { settings: { extra: { ResourceConfig: { InstanceTyp: 'x' } } } },
      /ResourceConfig\.InstanceTyp is not known: did you mean InstanceType\?/,
    ],
    [
      'a list for the variables in extra',
      { settings: { extra: { Environment: [] } } },
      /extra of the step train changes Environment,/,
    ],
    [
      'another name by extra',
      { settings: { extra: { TrainingJobName: 'mine' } } },
      /extra of the step train changes TrainingJobName/,
    ],
    [
      'another command by extra',
      { settings: { extra: { AlgorithmSpecification: { ContainerEntrypoint: ['sh'] } } } },
      /changes AlgorithmSpecification\.ContainerEntrypoint/,
    ],
    [
      'no command by extra',
      { settings: { extra: { AlgorithmSpecification: null } } },
      /changes AlgorithmSpecification/,
    ],
    ['no marks by extra', { settings: { extra: { Environment: null } } }, /changes Environment/],
    [
      'another nonce by extra',
      { settings: { extra: { Environment: { SIDESTEP_NONCE: 'x' } } } },
      /changes Environment\.SIDESTEP_NONCE/,
    ],
    ['a wrong type by extra', { settings: { extra: { Tags: 'none' } } }, /Tags is "none", and has to be a list/],
  ])('is refused before any call: %s', (_name, parts, message, operator) => {
    expect(thrown(() => prepareRequest(job(parts), config(operator)))).toMatchObject({
      kind: 'config',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(/./) as string,
    })
  })

  it('needs a place in S3', () => {
    const { environment, ...rest } = job()
    const elsewhere = { ...rest, environment: { ...environment, SIDESTEP_STORE: '{"flavor":"local","path":"/s"}' } }
    expect(thrown(() => prepareRequest(elsewhere, config()))).toMatchObject({
      message: expect.stringContaining('needs a place in S3') as string,
      hint: expect.stringContaining('outputPath') as string,
    })
  })
})
