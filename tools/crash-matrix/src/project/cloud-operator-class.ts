import {
  JobStepOperator,
  type Capabilities,
  type JobHandle,
  type JobService,
  type ResourceSettings,
} from '@sidestep/core'

import { CloudService, type CloudConfig, type CloudFacts } from './cloud-service.ts'

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
