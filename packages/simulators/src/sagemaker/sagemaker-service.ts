import { AwsJsonService } from '../aws-json/aws-json-service.ts'
import type { LogStore } from '../cloudwatch-logs/log-store.ts'
import type { ServiceGround } from '../ground/ground.ts'
import type { Service } from '../ground/service.ts'
import { deleteTrainingJob, stopTrainingJob, updateTrainingJob } from './change-training-jobs.ts'
import { createTrainingJob } from './create-training-job.ts'
import { describeTrainingJob } from './describe.ts'
import type { RegistryLogins } from './image-source.ts'
import { SAGEMAKER_LIMITS } from './limits.ts'
import { listTrainingJobs } from './list-training-jobs.ts'
import { noQuota } from './no-quota.ts'
import type { SagemakerState } from './sagemaker-state.ts'
import { TagStore } from './tag-store.ts'
import { addTags, deleteTags, listTags } from './tags.ts'
import type { TrainingJobRequest } from './training-job.ts'
import { TrainingJobs } from './training-jobs.ts'
import { WarmPools } from './warm-pools.ts'

/** What the service works with. */
export interface SagemakerOptions {
  readonly ground: ServiceGround
  /** Where jobs write their logs. */
  readonly logs: LogStore
  /** Where a bucket is. `undefined`: there is none. */
  readonly bucketRegion: (bucket: string) => string | undefined
  /** Who pulls images from a registry. Default: nobody in particular. */
  readonly logins?: RegistryLogins
}

/**
 * Amazon SageMaker: training jobs, and their tags. Of its rates two are known: that of ListTrainingJobs
 * (https://github.com/aws-solutions/deepracer-on-aws/issues/87), and that of CreateTrainingJob in an account that has asked for no more
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-feature-processor-quotas.html).
 */
export function sagemakerService({ ground, logs, bucketRegion, logins = () => undefined }: SagemakerOptions): Service {
  const { clock, listDelayMs } = ground
  const jobs = new TrainingJobs({ clock, listDelayMs })
  const state: SagemakerState = {
    ground,
    jobs,
    lives: new Map(),
    tags: new TagStore(),
    pools: new WarmPools(jobs, ground),
    logs,
    logins,
    bucketRegion,
    broken: [],
  }
  return new AwsJsonService({
    name: 'sagemaker',
    targetPrefix: 'SageMaker',
    signingName: 'sagemaker',
    limits: SAGEMAKER_LIMITS,
    lists: ['ListTrainingJobs'],
    effects: ['CreateTrainingJob', 'StopTrainingJob', 'UpdateTrainingJob', 'DeleteTrainingJob', 'DeleteTags'],
    jobs: ['CreateTrainingJob'],
    rates: { CreateTrainingJob: { perSecond: 1 }, ListTrainingJobs: { perSecond: 2 } },
    operations: {
      CreateTrainingJob: { input: 'CreateTrainingJobRequest', run: async (call) => createTrainingJob(call, state) },
      DescribeTrainingJob: {
        input: 'DescribeTrainingJobRequest',
        run: ({ region, request }) => describeTrainingJob(jobs.get(region, request.TrainingJobName)),
      },
      ListTrainingJobs: { input: 'ListTrainingJobsRequest', run: (call) => listTrainingJobs(call, state) },
      StopTrainingJob: { input: 'StopTrainingJobRequest', run: async (call) => stopTrainingJob(call, state) },
      UpdateTrainingJob: { input: 'UpdateTrainingJobRequest', run: async (call) => updateTrainingJob(call, state) },
      DeleteTrainingJob: { input: 'DeleteTrainingJobRequest', run: async (call) => deleteTrainingJob(call, state) },
      AddTags: { input: 'AddTagsInput', run: async (call) => addTags(call, state) },
      ListTags: { input: 'ListTagsInput', run: (call) => listTags(call, state) },
      DeleteTags: { input: 'DeleteTagsInput', run: async (call) => deleteTags(call, state) },
    },
    errorFor: async (kind, operation, request) => {
      if (kind !== 'capacity' || operation !== 'CreateTrainingJob') return undefined
      return noQuota((await request()) as TrainingJobRequest)
    },
    close: async () => {
      await Promise.allSettled([...state.lives.values()].map(async ({ ended }) => ended))
      if (state.broken.length > 0) throw new AggregateError(state.broken, 'the simulator broke while training jobs ran')
    },
  })
}
