import type { FailureKind } from '../errors.ts'
import type { ArtifactStore } from '../artifact/artifact-store.ts'

/** Where secret references are resolved by scheme: `file:` in `file:/run/secrets/token`. */
export interface SecretResolver {
  /** What stands before the `:` of a reference: `file`. */
  readonly scheme: string
  /** Gets what follows the scheme. Rejects with a `SECRET_MISSING` error that never holds a value. */
  resolve(reference: string): Promise<string>
}

/** What the small `runtime` module of an artifact store exports. It is bundled into every job. */
export interface ArtifactStoreRuntime {
  /** Opens the store that has this `jobConfig`, with the job's own credentials. */
  openArtifactStore(jobConfig: object): ArtifactStore
}

/** What the small `runtime` module of a step operator may export. Each export is optional. */
export interface StepOperatorRuntime {
  /** The provider's own id of this job, where the job can read it. */
  providerJobId?(): string | undefined
  /** Rank and number of the machines of a multi-node job. */
  cluster?(): { readonly rank: number; readonly size: number }
  /** Why the provider ended the step's process, where it left word; asked when that process has ended badly. */
  endReason?(): { readonly kind: FailureKind; readonly message: string } | undefined
  /** File from which the provider takes a failure reason. */
  readonly failureFile?: string
  /** Schemes of secret references that are resolved in the job. */
  readonly secretResolvers?: readonly SecretResolver[]
  /** Called in the process that is about to run user code. */
  prepareStepProcess?(): void
}
