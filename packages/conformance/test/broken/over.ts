import type { Capabilities, JobHandle, JobService } from '@sidestep/core'

import { SoundOperator, type SoundConfig } from './sound-operator.ts'
import type { SoundRequest, SoundService } from './sound-service.ts'

/** The sound operator over another service. `declared`: what it declares otherwise. */
export function over(
  Service: new (folder: string) => SoundService,
  declared: Partial<Capabilities> = {},
): new (config: SoundConfig) => SoundOperator {
  return class extends SoundOperator {
    override readonly capabilities: Capabilities = { ...SOUND, ...declared }
    protected override createService(): JobService<object, SoundRequest, JobHandle> {
      return new Service(this.config.folder)
    }
  }
}

const SOUND: Capabilities = {
  image: 'none',
  adopt: true,
  logs: true,
  cancel: true,
  multiNode: false,
  resources: [],
}
