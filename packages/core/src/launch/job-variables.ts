import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { JOB_VARIABLES } from '../entrypoint/job-spec.ts'
import { configError } from '../errors.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import { flavorOf } from '../stack/component.ts'
import type { DockerSettings } from '../step/step-config.ts'

/** The longest environment value that every provider takes, in bytes. */
const LONGEST_STORE_CONFIG = 512

/** The variables of a job that are the same for all its creates, and no secrets. */
export function jobVariables({
  operator,
  store,
  docker,
  environment,
}: {
  readonly operator: BaseStepOperator<any, any>
  readonly store: ArtifactStore
  readonly docker: DockerSettings
  /** The step's own. */
  readonly environment: Readonly<Record<string, string>>
}): Readonly<Record<string, string>> {
  return {
    ...docker.environment,
    ...environment,
    [JOB_VARIABLES.store]: storeVariable(store),
    [JOB_VARIABLES.stepOperator]: flavorOf(operator),
  }
}

function storeVariable({ jobConfig }: ArtifactStore): string {
  const config = JSON.stringify(jobConfig)
  if (Buffer.byteLength(config) <= LONGEST_STORE_CONFIG) return config
  throw configError(
    'COMPONENT_INVALID',
    `the artifact store's configuration for jobs takes ${Buffer.byteLength(config)} bytes; at most ${LONGEST_STORE_CONFIG} fit everywhere`,
    'Shorten its path or prefix.',
  )
}
