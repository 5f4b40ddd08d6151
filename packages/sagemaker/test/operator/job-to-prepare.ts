import type { JobToPrepare, ResourceSettings, StepRunInfo } from '@sidestep/core'

import type { ResolvedSagemakerConfig, ResolvedSagemakerSettings } from '../../src/config/resolved-config.ts'
import { sagemakerConfigSchema, sagemakerSettingsSchema } from '../../src/config/sagemaker-schemas.ts'
import type { SagemakerConfig, SagemakerSettings } from '../../src/sagemaker-config.ts'

/** The account of the simulator. */
export const ROLE = 'arn:aws:iam::123456789012:role/steps'
const TOKEN = '0123456789abcdef0123456789abcdef'

/** A configuration as the operator gets it. */
export function config(given: Partial<SagemakerConfig> = {}): ResolvedSagemakerConfig {
  return sagemakerConfigSchema.parse({ role: ROLE, region: 'eu-west-1', ...given })
}

/** What of a step a test is about. */
export interface StepParts {
  readonly settings?: SagemakerSettings
  readonly resources?: ResourceSettings
  readonly docker?: StepRunInfo['config']['dockerSettings']
  readonly timeouts?: StepRunInfo['config']['timeouts']
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  readonly alternative?: number
  readonly stepName?: string
  readonly runId?: string
  readonly token?: string
  readonly image?: string
}

/** A job as core hands it to `prepare`. */
export function job(parts: StepParts = {}): JobToPrepare<ResolvedSagemakerSettings, undefined> {
  const { runId = '20261122-135801-7f3a9c02', stepName = 'train', token = TOKEN } = parts
  const settings = sagemakerSettingsSchema.parse(parts.settings ?? {})
  const stepRunId = 'train-456f6463c8de478f'
  return {
    info: {
      stepRunId,
      runId,
      runName: 'penguins',
      stepName,
      attempt: 1,
      alternative: parts.alternative ?? 0,
      pipeline: { name: 'penguins', dockerSettings: {} },
      config: {
        resourceSettings: parts.resources ?? {},
        dockerSettings: parts.docker ?? {},
        timeouts: parts.timeouts ?? {},
        retry: { maxAttempts: 1, on: [] },
        cancel: {
          onAbort: 'cancelAndWait',
          onSignal: 'cancelAndWait',
          onTimeout: 'cancelAndWait',
          onSiblingFailure: 'cancelAndWait',
          onLostHeartbeat: 'cancelAndWait',
        },
        settings: { 'step_operator.sagemaker': settings },
      },
      bundle: { path: '/b/1.mjs', uri: 's3://lake/steps/bundles/1.mjs', sha256: 'ab', requirements: [] },
      projectFolder: '/home/me/project',
      image: parts.image ?? `123456789012.dkr.ecr.eu-west-1.amazonaws.com/steps@sha256:${'ab'.repeat(32)}`,
    },
    labels: { runId, stepRunId, attempt: 1, token, journalId: 'b1946ac92492d2347c6235b4d2611184' },
    settings,
    command: parts.command ?? [
      'node',
      '/opt/sidestep/step.mjs',
      '--spec',
      `s3://lake/steps/runs/${runId}/${stepRunId}/1/spec.json`,
    ],
    environment: {
      ...parts.environment,
      SIDESTEP_STORE: JSON.stringify({ flavor: 's3', uri: 's3://lake/steps', region: 'eu-west-1' }),
      SIDESTEP_STEP_OPERATOR: 'sagemaker',
    },
    secretNames: [],
    facts: undefined,
  }
}

/** What a call throws. */
export function thrown(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}
