import type { CancelPolicies, ResolvedTimeouts, RetryPolicy } from '../step/policies.ts'
import type { DockerSettings, ResourceSettings } from '../step/step-config.ts'

/** What an operator is told about the step run that it launches. */
export interface StepRunInfo {
  /** Names the call of the step in its run: `train-456f6463c8de478f`. */
  readonly stepRunId: string
  /** At most 63 lower-case letters, digits and hyphens. */
  readonly runId: string
  /** For people: `penguins`, as pipelines are named. */
  readonly runName: string
  /** As `step()` was given it. */
  readonly stepName: string
  /** From 1. */
  readonly attempt: number
  /** Which of the operator's alternatives this attempt takes, from 0: see `BaseStepOperator.alternativesOf()`. */
  readonly alternative: number
  /** What called the step. */
  readonly pipeline: { readonly name: string; readonly dockerSettings: DockerSettings }
  /** The step's configuration, with defaults filled in. */
  readonly config: {
    readonly resourceSettings: ResourceSettings
    readonly dockerSettings: DockerSettings
    readonly timeouts: ResolvedTimeouts
    readonly retry: RetryPolicy
    readonly cancel: CancelPolicies
    /**
     * By `step_operator.<flavor>`. Those of the operator's own flavor are what its settings schema makes of them, with
     * its defaults; others, and all of them where it has no schema, are as the step gives them.
     */
    readonly settings: Readonly<Record<string, object>>
  }
  /** The user's module and what it imports, as one file. */
  readonly bundle: {
    /** On this machine. */
    readonly path: string
    /** In the artifact store. */
    readonly uri: string
    readonly sha256: string
    /** What the bundle leaves to be installed: `name@version`, sorted. */
    readonly requirements: readonly string[] | 'lockfile'
  }
  /** Folder of the project's package.json. */
  readonly projectFolder: string
  /** `repository@sha256:…`, where the operator declared that it needs an image. */
  readonly image?: string
}
