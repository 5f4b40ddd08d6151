import {
  JobStepOperator,
  type Capabilities,
  type JobHandle,
  type JobService,
  type ResourceSettings,
} from '@sidestep/core'

import { CloudService, type CloudFacts } from './cloud-service.ts'

export interface CloudConfig {
  /** Absolute path of the home folder of the jobs. */
  readonly home: string
  /** The answer to the first create of each attempt is lost. */
  readonly losesAnswers: boolean
  /** False: `find` never shows a job, so that none is adopted. Default: true. */
  readonly finds?: boolean
}

export class CloudStepOperator extends JobStepOperator<CloudConfig, object, object, JobHandle, CloudFacts> {
  static override readonly FLAVOR: 'cloud' = 'cloud'

  override readonly capabilities: Capabilities = {
    image: 'none',
    adopt: true,
    logs: true,
    cancel: true,
    multiNode: false,
    resources: [] satisfies (keyof ResourceSettings)[],
  }

  protected override createService(): JobService<object, object, JobHandle, CloudFacts> {
    return new CloudService(this.config)
  }
}
