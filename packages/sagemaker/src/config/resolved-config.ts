import type { SagemakerConfig, SagemakerSettings } from '../sagemaker-config.ts'

/** The operator's configuration, complete. */
export interface ResolvedSagemakerConfig extends Omit<
  SagemakerConfig,
  'region' | 'tags' | 'stopGrace' | 'pollInterval'
> {
  readonly region: string
  readonly tags: Readonly<Record<string, string>>
  readonly stopGraceMs: number
  readonly pollIntervalMs: number
}

/** Durations are in milliseconds. */
export interface ResolvedSagemakerSettings extends Omit<SagemakerSettings, 'maxWait' | 'keepAlive' | 'maxPending'> {
  readonly maxWait?: number
  readonly keepAlive?: number
  readonly maxPending?: number
}
