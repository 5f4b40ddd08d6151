import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { bundleKey } from '../artifact/layout.ts'
import type { Bundle } from '../bundle/bundle-module.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import type { StepDefinition } from '../step/definition.ts'
import type { ResolvedStepConfig } from '../step/resolve-config.ts'
import { requirementsOf } from './requirements.ts'

/** What an operator is told about a call of a step, whichever attempt it is. */
export function stepRunInfo({
  runId,
  stepRunId,
  pipeline,
  definition,
  config,
  bundle,
  store,
  projectFolder,
}: {
  readonly runId: string
  readonly stepRunId: string
  readonly pipeline: string
  readonly definition: StepDefinition
  readonly config: ResolvedStepConfig
  readonly bundle: Bundle
  readonly store: ArtifactStore
  readonly projectFolder: string
}): Omit<StepRunInfo, 'attempt' | 'alternative'> {
  const { resources, docker, timeouts, retry, cancel, settings } = config
  return {
    stepRunId,
    runId,
    runName: pipeline,
    stepName: definition.name,
    pipeline: { name: pipeline, dockerSettings: {} },
    config: { resourceSettings: resources, dockerSettings: docker, timeouts, retry, cancel, settings },
    bundle: {
      path: bundle.path,
      uri: `${store.uri}/${bundleKey(bundle.sha256)}`,
      sha256: bundle.sha256,
      requirements: requirementsOf(config, bundle),
    },
    projectFolder,
  }
}
