import { join } from 'node:path'

import { parseMemory, type JobToPrepare, type Lock } from '@sidestep/core'

import type { LocalSettings } from '../local-config.ts'
import { JobFolder } from '../job/job-folder.ts'
import type { JobLimits, LocalRequest } from '../job/job-request.ts'
import { checkDockerSettings } from './check-docker-settings.ts'
import { checkResources } from './check-resources.ts'
import type { MachineSize } from './machine-size.ts'
import type { ResolvedLocalConfig } from './schemas.ts'

/** What a local request depends on beside the step. */
export interface LocalFacts {
  readonly machine: MachineSize
  /** Of the step's requirements, where it has any. */
  readonly lock?: Lock
}

/** Where the jobs of a home lie. */
export function jobsFolder(home: string): string {
  return join(home, 'jobs')
}

/** The exact request of a job, or an error about what a local process cannot be. Pure. */
export function prepareRequest(
  { info, labels, command, environment, secretNames, facts }: JobToPrepare<LocalSettings, LocalFacts>,
  config: ResolvedLocalConfig,
): LocalRequest {
  const { dockerSettings: docker, resourceSettings: resources, timeouts, cancel } = info.config
  const { machine, lock } = facts
  checkDockerSettings(docker, machine.platform, info.stepName)
  if (config.resources === 'enforce') checkResources(resources, machine, info.stepName)
  const folder = new JobFolder(join(jobsFolder(config.home), labels.token))
  const { path, uri, sha256 } = info.bundle
  const limits: JobLimits = {
    ...(config.resources === 'enforce' && resources.memory !== undefined
      ? { memoryBytes: parseMemory(resources.memory) }
      : {}),
    // A job that is left running at its timeout has none of its own: the launcher counts, and lets go of it.
    ...(cancel.onTimeout === 'detach' ? {} : timeouts),
    stopGraceMs: config.stopGraceMs,
  }
  return {
    folder: folder.path,
    // The first two words are Node.js and the bundle, wherever an operator has them.
    command: ['node', folder.bundle, ...command.slice(2)],
    bundle: { path, uri, sha256 },
    environment,
    secretNames,
    limits,
    ...(lock === undefined
      ? {}
      : {
          packages: { lock, environmentsFolder: join(config.home, 'environments'), projectFolder: info.projectFolder },
        }),
  }
}
