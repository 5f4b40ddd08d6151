import type { AwsJsonError } from '../aws-json/aws-json-error.ts'
import { modelledError } from './sagemaker-errors.ts'
import { instanceGroupsOf, type TrainingJobRequest } from './training-job.ts'

/** What an account is told that may have none of the machines that a job asks for first. Pure. */
export function noQuota(request: TrainingJobRequest): AwsJsonError {
  const [{ InstanceType: type, InstanceCount: count } = { InstanceType: '', InstanceCount: 1 }] =
    instanceGroupsOf(request)
  const usage = request.EnableManagedSpotTraining === true ? 'spot training job usage' : 'training job usage'
  return modelledError(
    'ResourceLimitExceeded',
    `The account-level service limit '${type} for ${usage}' is 0 Instances, with current utilization of 0 Instances and a request delta ` +
      `of ${count} Instances. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, ` +
      'contact AWS support to request an increase for this quota.',
  )
}
