import { parseDuration } from '../units.ts'
import type { StepDefinition } from './definition.ts'
import {
  DEFAULT_CANCEL,
  DEFAULT_RETRY,
  type CancelPolicies,
  type ResolvedTimeouts,
  type RetryPolicy,
} from './policies.ts'
import type { DockerSettings, ResourceSettings } from './step-config.ts'

/** A step's configuration with its defaults, in the units that code counts in. Plain JSON. */
export interface ResolvedStepConfig {
  readonly stepOperator?: string | true
  readonly resources: ResourceSettings
  readonly docker: DockerSettings
  readonly timeouts: ResolvedTimeouts
  readonly retry: RetryPolicy
  readonly cancel: CancelPolicies
  readonly environment: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
  readonly settings: Readonly<Record<string, object>>
  readonly cache?: { readonly version: string }
}

/** Expects a configuration that `validateStep` accepted. */
export function resolveConfig({ name, config }: StepDefinition): ResolvedStepConfig {
  const { queue, run, total } = config.timeouts ?? {}
  const cache = config.cache === true ? { version: '' } : config.cache
  return {
    ...(config.stepOperator === undefined ? {} : { stepOperator: config.stepOperator }),
    resources: config.resources ?? {},
    docker: config.docker ?? {},
    timeouts: {
      ...(queue === undefined ? {} : { queueMs: parseDuration(queue, `timeouts.queue of the step ${name}`) }),
      ...(run === undefined ? {} : { runMs: parseDuration(run, `timeouts.run of the step ${name}`) }),
      ...(total === undefined ? {} : { totalMs: parseDuration(total, `timeouts.total of the step ${name}`) }),
    },
    retry: { ...DEFAULT_RETRY, ...definedOnly(config.retry) },
    cancel: { ...DEFAULT_CANCEL, ...definedOnly(config.cancel) },
    environment: config.environment ?? {},
    secrets: config.secrets ?? {},
    settings: definedOnly(config.settings) as Readonly<Record<string, object>>,
    ...(cache === undefined || cache === false ? {} : { cache }),
  }
}

function definedOnly<T extends object>(value: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, entry]) => entry !== undefined)) as Partial<T>
}
