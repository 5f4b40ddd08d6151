import type { FailureKind } from '../errors.ts'
import type { Duration, Memory } from '../units.ts'
import type { CancelPolicy } from './policies.ts'

/** What a step's machine must have. What an operator cannot honor is an error, never a warning. */
export interface ResourceSettings {
  /** Processors as the operating system counts them (hardware threads, vCPUs), of each machine. */
  readonly cpuCount?: number
  /** Of each machine, for all processes of the job together. The heap of the step's Node.js may grow to it. */
  readonly memory?: Memory
  /** Of each machine. */
  readonly gpuCount?: number
  /** The field's common name: `L4`, `A100`. */
  readonly gpuType?: string
  /** Machines of the job; more than one needs an operator that declares `multiNode`. Default: 1. */
  readonly instanceCount?: number
}

/**
 * The environment that a step's code runs in. An operator that uses no images takes what needs none (`requirements`,
 * `environment`, a `platform` that is its own) and refuses the rest.
 */
export interface DockerSettings {
  /** The image that the job's is built on: `repository:tag` or `repository@sha256:…`. */
  readonly parentImage?: string
  /** npm packages (`name@range`) of the step's own environment, or `'lockfile'`: what the project's own lockfile says. */
  readonly requirements?: readonly string[] | 'lockfile'
  /** Python packages that pip installs into the image (`numpy==2.1.0`). */
  readonly pipRequirements?: readonly string[]
  /** Debian packages that apt installs into the image. */
  readonly aptPackages?: readonly string[]
  /** Path of a Dockerfile, from which the parent image is built. */
  readonly dockerfile?: string
  /** Variables of the job; the step's own `environment` wins. */
  readonly environment?: Readonly<Record<string, string>>
  /** `linux/amd64`, `linux/arm64`. Default: the operator's. */
  readonly platform?: string
  /** The working directory in the image. Default: the image's own. */
  readonly workdir?: string
  /** The user that the image runs as: a name or `uid:gid`. Default: the image's own. */
  readonly user?: string
  /** Files and folders of the project that are copied into the image. */
  readonly files?: readonly string[]
  /** The repository that the built image is pushed to, in the stack's container registry. */
  readonly targetRepository?: string
  /** Build again, even where an image of the same content exists. Default: false. */
  readonly preventBuildReuse?: boolean
  /** Run `parentImage` as it is: build nothing. Default: false. */
  readonly skipBuild?: boolean
}

/** Augmented by integrations, so that `settings` is typed where they are installed. */
export interface StepSettings {
  [flavor: `step_operator.${string}`]: object | undefined
}

/**
 * What a step is given. It is checked when the step is called in a run, which rejects with one `CONFIG_INVALID` error
 * that names every problem. Without `stepOperator` a step takes `name`, `cache` and `key` only.
 */
export interface StepConfig<I = unknown> {
  /** Unique among the steps of a module: 1 to 63 letters, digits, `.`, `_` or `-`. */
  readonly name: string
  /** A name in the stack; `true` is its default operator; absent runs in this process. */
  readonly stepOperator?: string | true
  /** What the machine must have; an operator that cannot honor one refuses the step. */
  readonly resources?: ResourceSettings
  /** The step's environment: packages, and the image where there is one. */
  readonly docker?: DockerSettings
  /** Of each attempt. One that is absent is no limit. */
  readonly timeouts?: {
    /** From the create of the job until the step's process starts. */
    readonly queue?: Duration
    /** From the start of the step's process. */
    readonly run?: Duration
    /** From the create of the job. */
    readonly total?: Duration
  }
  /**
   * Without it: one attempt. `maxAttempts` counts the attempts that ended with a kind of `on`, the first one included;
   * any other kind ends the step at once. Without `on`: capacity, preempted and infra.
   */
  readonly retry?: { readonly maxAttempts: number; readonly on?: readonly FailureKind[] }
  /** Each is `cancelAndWait` where absent. */
  readonly cancel?: {
    readonly onAbort?: CancelPolicy
    readonly onSignal?: CancelPolicy
    readonly onTimeout?: CancelPolicy
    readonly onSiblingFailure?: CancelPolicy
    /** The job's heartbeat stopped 15 minutes ago, while the provider says that it runs. */
    readonly onLostHeartbeat?: CancelPolicy
  }
  /** Variables of the job. They are written into the store: nothing secret belongs here. */
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
