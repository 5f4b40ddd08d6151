import type { CancelPolicies, ResolvedTimeouts, RetryPolicy } from '../step/policies.ts'
import type { DockerSettings, ResourceSettings } from '../step/step-config.ts'

/** What an operator is told about the step run that it launches. */
export interface StepRunInfo {
  readonly stepRunId: string
  readonly runId: string
  /** For people: `penguins`, as pipelines are named. */
  readonly runName: string
  readonly stepName: string
  /** From 1. */
  readonly attempt: number
  readonly pipeline: { readonly name: string; readonly dockerSettings: DockerSettings }
  readonly config: {
    readonly resourceSettings: ResourceSettings
    readonly dockerSettings: DockerSettings
    readonly timeouts: ResolvedTimeouts
    readonly retry: RetryPolicy
    readonly cancel: CancelPolicies
    readonly settings: Readonly<Record<string, object>>
  }
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
