import {
  JobStepOperator,
  type Capabilities,
  type ComponentLocation,
  type JobService,
  type JobStepOperatorOptions,
  type ResourceSettings,
} from '@sidestep/core'

import type { LocalRequest } from '../job/job-request.ts'
import type { LocalSettings } from '../local-config.ts'
import { LocalJobService, type LocalHandle } from './local-job-service.ts'
import type { LocalFacts } from './request.ts'
import type { ResolvedLocalConfig } from './schemas.ts'

const ENFORCED: readonly (keyof ResourceSettings)[] = ['cpuCount', 'memory']
const ALL: readonly (keyof ResourceSettings)[] = [...ENFORCED, 'gpuCount', 'gpuType', 'instanceCount']

/** Runs steps as processes of this machine, each in a folder of its own and under a supervisor of its own. */
export class LocalStepOperator extends JobStepOperator<
  ResolvedLocalConfig,
  LocalSettings,
  LocalRequest,
  LocalHandle,
  LocalFacts
> {
  static override readonly FLAVOR: 'local' = 'local'

  override readonly capabilities: Capabilities
  override readonly graceMs: number
  /** The launcher and the job are on one machine: what is in its environment can be handed on. */
  override readonly handedSecretSchemes: readonly string[] = ['env']

  constructor(config: ResolvedLocalConfig, options: JobStepOperatorOptions = {}) {
    super(config, options)
    this.graceMs = config.stopGraceMs
    this.capabilities = {
      image: 'none',
      adopt: true,
      logs: true,
      cancel: true,
      // What is ignored is not refused either.
      multiNode: config.resources === 'ignore',
      resources: config.resources === 'ignore' ? ALL : ENFORCED,
    }
  }

  override get location(): ComponentLocation {
    return { cloud: 'local' }
  }

  protected override createService(): JobService<LocalSettings, LocalRequest, LocalHandle, LocalFacts> {
    return new LocalJobService(this.config)
  }
}
