import type { SubmitOptions } from '@sidestep/core'

import { markTags, markVariables } from './job-marks.ts'
import type { SagemakerRequest, TrainingJobRequest } from './request.ts'

/** What one create call sends: the request, with what says which job it is. Secrets are never part of it. Pure. */
export function createInput(
  { trainingJob }: Pick<SagemakerRequest, 'trainingJob'>,
  options: Pick<SubmitOptions, 'labels' | 'fingerprint' | 'nonce'>,
): TrainingJobRequest {
  return {
    ...trainingJob,
    Environment: { ...trainingJob.Environment, ...markVariables(options) },
    Tags: [...trainingJob.Tags, ...markTags(options)],
  }
}
