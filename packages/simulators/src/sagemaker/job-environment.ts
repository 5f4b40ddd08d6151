import { ENVIRONMENTS } from '../environments.ts'
import type { TrainingJob } from './training-job.ts'

/**
 * The variables of a job: those of its request, those that SageMaker sets, and those that lead the SDKs in it to the simulator, with
 * credentials that stand for the job's role. Without a network it gets none of the latter.
 */
export function jobEnvironment(
  { name, region, arn, request }: TrainingJob,
  endpoint: string,
): Readonly<Record<string, string>> {
  const { Environment = {}, EnableNetworkIsolation: isIsolated = false } = request
  return {
    ...(isIsolated ? {} : ENVIRONMENTS.aws(endpoint)),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...Environment,
    TRAINING_JOB_NAME: name,
    TRAINING_JOB_ARN: arn,
  }
}
