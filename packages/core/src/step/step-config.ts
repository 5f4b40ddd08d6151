import type { FailureKind } from '../errors.ts'
import type { Duration, Memory } from '../units.ts'
import type { CancelPolicy } from './policies.ts'

/** What a step's machine must have. What an operator cannot honor is an error, never a warning. */
export interface ResourceSettings {
  readonly cpuCount?: number
  readonly memory?: Memory
  readonly gpuCount?: number
  /** The field's common name: `L4`, `A100`. */
  readonly gpuType?: string
  readonly instanceCount?: number
}

/** The environment that a step's code runs in. */
export interface DockerSettings {
  readonly parentImage?: string
  /** npm packages (`name@range`) of the step's own environment, or `'lockfile'`: what the project's own lockfile says. */
  readonly requirements?: readonly string[] | 'lockfile'
  readonly pipRequirements?: readonly string[]
  readonly aptPackages?: readonly string[]
  readonly dockerfile?: string
  readonly environment?: Readonly<Record<string, string>>
  /** `linux/amd64`, `linux/arm64`. */
  readonly platform?: string
  readonly workdir?: string
  readonly user?: string
  readonly files?: readonly string[]
  readonly targetRepository?: string
  readonly preventBuildReuse?: boolean
  readonly skipBuild?: boolean
}

/** Augmented by integrations, so that `settings` is typed where they are installed. */
export interface StepSettings {
  [flavor: `step_operator.${string}`]: object | undefined
}

export interface StepConfig<I = unknown> {
  /** Unique among the steps of a module. */
  readonly name: string
  /** A name in the stack; `true` is its default operator; absent runs in this process. */
  readonly stepOperator?: string | true
  readonly resources?: ResourceSettings
  readonly docker?: DockerSettings
  readonly timeouts?: {
    /** Until the step's process starts. */
    readonly queue?: Duration
    /** Of the step's process. */
    readonly run?: Duration
    /** Of both. */
    readonly total?: Duration
  }
  /** Without it: one attempt. Without `on`: capacity, preempted and infra. */
  readonly retry?: { readonly maxAttempts: number; readonly on?: readonly FailureKind[] }
  /** Each is `cancelAndWait` where absent. */
  readonly cancel?: {
    readonly onAbort?: CancelPolicy
    readonly onSignal?: CancelPolicy
    readonly onTimeout?: CancelPolicy
    readonly onSiblingFailure?: CancelPolicy
  }
  readonly environment?: Readonly<Record<string, string>>
  /** References (`env:HF_TOKEN`, `file:/run/secrets/hf`), by the variable that the step sees. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Off unless set. A version is part of the key: change it to compute again. */
  readonly cache?: boolean | { readonly version: string }
  /** Names a step run where inputs and configuration do not. */
  readonly key?: string | ((input: I) => string)
  /** By flavor: `{ 'step_operator.sagemaker': { … } }`. */
  readonly settings?: StepSettings
}
