import type { JobHandle } from '@sidestep/core'

import { consoleUrl } from './console-url.ts'
import type { TrainingJob } from './training-job.ts'

/** By which any process finds a training job. */
export interface SagemakerHandle extends JobHandle {
  /** `arn:aws:sagemaker:eu-west-1:123456789012:training-job/…`; `id` is the job's name. Absent: SageMaker did not say it. */
  readonly arn?: string
  /** How many machines it has. */
  readonly instanceCount: number
}

/** Where jobs are. */
export interface HandlePlace {
  readonly region: string
  readonly endpoint?: string | undefined
}

/** The handle of a job. */
export function handleOf(
  name: string,
  job: Pick<TrainingJob, 'TrainingJobArn' | 'ResourceConfig'>,
  place: HandlePlace,
): SagemakerHandle {
  const url = consoleUrl(name, place)
  const arn = job.TrainingJobArn ?? ''
  return {
    id: name,
    ...(arn === '' ? {} : { arn }),
    instanceCount: job.ResourceConfig?.InstanceCount ?? 1,
    ...(url === undefined ? {} : { consoleUrl: url }),
  }
}
