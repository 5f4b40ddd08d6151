import { JobStepOperator, type Capabilities, type JobHandle, type JobService } from '@sidestep/core'

import { SoundService, type SoundRequest } from './sound-service.ts'

/** Of a `SoundOperator`. */
export interface SoundConfig {
  /** Of its jobs. */
  readonly folder: string
}

/** An operator that does everything right, over a provider that lives in this process: what the broken ones are made of. */
export class SoundOperator extends JobStepOperator<SoundConfig, object, SoundRequest, JobHandle> {
  static override readonly FLAVOR: string = 'sound'
  override readonly capabilities: Capabilities = {
    image: 'none',
    adopt: true,
    logs: true,
    cancel: true,
    multiNode: false,
    resources: [],
  }

  override readonly handedSecretSchemes: readonly string[] = ['env']

  protected override createService(): JobService<object, SoundRequest, JobHandle> {
    return new SoundService(this.config.folder)
  }
}
