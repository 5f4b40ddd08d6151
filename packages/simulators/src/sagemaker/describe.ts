import { epochSeconds } from '../aws-json/aws-json-call.ts'
import { membersOf, outputUriOf, type TrainingJob, type Transition, type WarmPool } from './training-job.ts'

/** What of a request is described as it was written: tags are not. */
const ECHOED: readonly string[] = membersOf('DescribeTrainingJobResponse').filter((member) =>
  membersOf('CreateTrainingJobRequest').includes(member),
)

/** `DescribeTrainingJobResponse` of a job. Pure. */
export function describeTrainingJob(job: TrainingJob): Readonly<Record<string, unknown>> {
  const { request, transitions, trainingStartedAt, trainingEndedAt } = job
  const written = request as unknown as Readonly<Record<string, unknown>>
  const echoed = ECHOED.filter((member) => written[member] !== undefined).map((member) => [member, written[member]])
  return {
    ...Object.fromEntries(echoed),
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    ModelArtifacts: { S3ModelArtifacts: outputUriOf(request, modelFile(job)) },
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
    ...(job.failureReason === undefined ? {} : { FailureReason: job.failureReason }),
    OutputDataConfig: { KmsKeyId: '', ...request.OutputDataConfig },
    StoppingCondition: { MaxRuntimeInSeconds: DEFAULT_MAX_RUNTIME_SECONDS, ...request.StoppingCondition },
    CreationTime: epochSeconds(job.createdAt),
    ...(trainingStartedAt === undefined ? {} : { TrainingStartTime: epochSeconds(trainingStartedAt) }),
    ...(trainingEndedAt === undefined ? {} : { TrainingEndTime: epochSeconds(trainingEndedAt) }),
    LastModifiedTime: epochSeconds(job.modifiedAt),
    SecondaryStatusTransitions: transitions.map(transitionOf),
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    ...(job.trainingSeconds === undefined ? {} : { TrainingTimeInSeconds: job.trainingSeconds }),
    ...(job.billableSeconds === undefined ? {} : { BillableTimeInSeconds: job.billableSeconds }),
    ...warmPoolOf(job),
  }
}

/** `TrainingJobSummary` of a job: all that a list says of it. Pure. */
export function summaryOf(job: TrainingJob): Readonly<Record<string, unknown>> {
  const { trainingEndedAt } = job
  const plan = job.request.ResourceConfig?.TrainingPlanArn
  return {
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    CreationTime: epochSeconds(job.createdAt),
    ...(trainingEndedAt === undefined ? {} : { TrainingEndTime: epochSeconds(trainingEndedAt) }),
    LastModifiedTime: epochSeconds(job.modifiedAt),
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
    ...warmPoolOf(job),
    ...(plan === undefined ? {} : { TrainingPlanArn: plan }),
  }
}

/** Where the request says none: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html. */
export const DEFAULT_MAX_RUNTIME_SECONDS = 86_400

function modelFile({ request }: TrainingJob): string {
  return request.OutputDataConfig.CompressionType === 'NONE' ? 'model/' : 'model.tar.gz'
}

function transitionOf({ status, startedAt, endedAt, message }: Transition): Readonly<Record<string, unknown>> {
  return {
    Status: status,
    StartTime: epochSeconds(startedAt),
    ...(endedAt === undefined ? {} : { EndTime: epochSeconds(endedAt) }),
    StatusMessage: message,
  }
}

function warmPoolOf({ warmPool }: TrainingJob): { readonly WarmPoolStatus?: unknown } {
  if (warmPool === undefined) return {}
  const { status, keptAt, endedAt, reusedBy } = warmPool
  return {
    WarmPoolStatus: {
      Status: status,
      ...(keptAt === undefined || endedAt === undefined ? {} : retained(keptAt, endedAt)),
      ...(reusedBy === undefined ? {} : { ReusedByJob: reusedBy }),
    } satisfies Readonly<Record<string, unknown>> & { readonly Status: WarmPool['status'] },
  }
}

function retained(keptAt: number, endedAt: number): { readonly ResourceRetainedBillableTimeInSeconds: number } {
  return { ResourceRetainedBillableTimeInSeconds: Math.ceil((endedAt - keptAt) / 1000) }
}
