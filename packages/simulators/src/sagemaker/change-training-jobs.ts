import type { AwsJsonCall } from '../aws-json/aws-json-call.ts'
import { modelledError, notSimulated, validationError } from './sagemaker-errors.ts'
import type { SagemakerState } from './sagemaker-state.ts'
import { ENDED } from './training-job.ts'

/** Asks a job to stop. One that stops already is asked in vain, and that is no error. */
export async function stopTrainingJob(
  { request, region, exchange }: AwsJsonCall<{ readonly TrainingJobName: string }>,
  { jobs, lives }: SagemakerState,
): Promise<undefined> {
  const { arn, status } = jobs.get(region, request.TrainingJobName)
  if (status !== 'InProgress' && status !== 'Stopping') {
    // https://github.com/awslabs/benchmark-ai/issues/928
    throw validationError(`The request was rejected because the training job is in status ${status}.`)
  }
  await exchange.effect(() => lives.get(arn)?.stop())
}

/** Deletes a job that has ended: its name is free afterwards. */
export async function deleteTrainingJob(
  { request, region, exchange }: AwsJsonCall<{ readonly TrainingJobName: string }>,
  { jobs, tags }: SagemakerState,
): Promise<undefined> {
  const { name, arn, status, warmPool } = jobs.get(region, request.TrainingJobName)
  // Its model has ResourceInUse, and nothing else that it could be for.
  if (!ENDED.has(status)) {
    const message = `The request was rejected because the training job is in status ${status}.`
    throw modelledError('ResourceInUse', message)
  }
  if (warmPool?.status === 'Available') {
    const message = 'The request was rejected because the training job retains a warm pool that is Available.'
    throw modelledError('ResourceInUse', message)
  }
  await exchange.effect(() => {
    jobs.remove(region, name)
    tags.forget(arn)
  })
}

/** `UpdateTrainingJobRequest` of the API. */
export interface UpdateTrainingJobRequest {
  readonly TrainingJobName: string
  readonly ProfilerConfig?: unknown
  readonly ProfilerRuleConfigurations?: unknown
  readonly ResourceConfig?: { readonly KeepAlivePeriodInSeconds: number }
  readonly RemoteDebugConfig?: { readonly EnableRemoteDebug?: boolean }
}

/** Changes how long the machines of a job are kept; and whether it can be debugged, which changes nothing here. */
export async function updateTrainingJob(
  { request, region, exchange }: AwsJsonCall<UpdateTrainingJobRequest>,
  { jobs, pools }: SagemakerState,
): Promise<unknown> {
  const job = jobs.get(region, request.TrainingJobName)
  const { ResourceConfig: resources, RemoteDebugConfig: debug } = request
  if (request.ProfilerConfig !== undefined || request.ProfilerRuleConfigurations !== undefined) {
    throw notSimulated('ProfilerConfig and ProfilerRuleConfigurations of UpdateTrainingJob')
  }
  if (resources !== undefined) {
    const { request: created, warmPool, status } = job
    if (created.ResourceConfig?.KeepAlivePeriodInSeconds === undefined) {
      throw validationError('KeepAlivePeriodInSeconds can only be updated for a training job that was created with it.')
    }
    if (ENDED.has(status) && warmPool?.status !== 'Available') {
      throw validationError(
        `KeepAlivePeriodInSeconds cannot be updated: the warm pool is ${warmPool?.status ?? 'not there'}.`,
      )
    }
  }
  if (debug !== undefined && !['Downloading', 'Training'].includes(job.secondaryStatus)) {
    throw validationError('RemoteDebugConfig can only be updated while the SecondaryStatus is Downloading or Training.')
  }
  await exchange.effect(() => {
    const changed = jobs.change(region, job.name, ({ request: created }) => ({
      request: {
        ...created,
        ...(resources === undefined ? {} : { ResourceConfig: { ...created.ResourceConfig, ...resources } }),
        ...(debug === undefined ? {} : { RemoteDebugConfig: debug }),
      },
    }))
    if (resources !== undefined) pools.update(changed)
  })
  return { TrainingJobArn: job.arn }
}
