import type { JobProcess } from '../job-process.ts'
import type { SidestepError } from '../errors.ts'
import type { JobUsage, Phase } from '../operator/phases.ts'

/** How long a step run or attempt was in a phase. */
export interface PhaseDuration {
  /** What the job was doing. */
  readonly phase: Phase
  /** By the provider's clock, where it tells. */
  readonly durationMs: number
}

interface EventBase {
  /** ISO 8601, by this process. */
  readonly at: string
}

interface StepEventBase extends EventBase {
  readonly stepRunId: string
  readonly stepName: string
}

interface AttemptEventBase extends StepEventBase {
  readonly attempt: number
}

/** Everything that a run tells while it runs, in order. `type` tells them apart. */
export type RunEvent =
  | (EventBase & {
      readonly type: 'run.started'
      readonly runId: string
      readonly pipeline: string
      readonly stack: string
      /** Root of the artifact store that keeps the run. */
      readonly storeUri: string
      /** The number of this process among the launchers of the run: from 2 on it was resumed. */
      readonly launcher: number
    })
  /** `operator` is its name in the stack; absent: the step runs in this process. */
  | (StepEventBase & { readonly type: 'step.started'; readonly operator?: string })
  | (AttemptEventBase & { readonly type: 'attempt.started' })
  | (AttemptEventBase & { readonly type: 'attempt.phase'; readonly phase: Phase; readonly providerState?: string })
  /** The job exists at the provider: from here until `attempt.ended` it may cost something. */
  | (AttemptEventBase & { readonly type: 'attempt.handle'; readonly handle: object; readonly consoleUrl?: string })
  /** The image that it runs in: `repository@sha256:…`. It was built, or found built. */
  | (AttemptEventBase & { readonly type: 'attempt.image'; readonly image: string })
  /** Its job is over, and its provider says what it has used. */
  | (AttemptEventBase & { readonly type: 'attempt.usage'; readonly usage: JobUsage })
  | (AttemptEventBase & {
      readonly type: 'log'
      /**
       * `provider`: what the provider kept of a job that died before its own log began. `image`: what the image builder
       * does before there is a job; it is not kept.
       */
      readonly stream: 'stdout' | 'stderr' | 'provider' | 'image'
      readonly text: string
    })
  | (AttemptEventBase & {
      readonly type: 'attempt.ended'
      readonly error?: SidestepError
      readonly willRetry: boolean
      /** True where the job was left as it was: on purpose, or because nothing could be decided about it. */
      readonly detached?: true
    })
  | (EventBase & { readonly type: 'warning'; readonly message: string; readonly stepName?: string })
  | (StepEventBase & {
      readonly type: 'step.succeeded'
      readonly durationMs: number
      readonly phases: readonly PhaseDuration[]
      /** True where the outputs came from the cache, and nothing ran. */
      readonly cached: boolean
      /** True where the run was resumed, and this had been computed before. */
      readonly kept?: true
      readonly process?: JobProcess
    })
  | (StepEventBase & {
      readonly type: 'step.failed'
      readonly durationMs: number
      readonly phases: readonly PhaseDuration[]
      readonly error: SidestepError
    })
  | (EventBase & { readonly type: 'run.succeeded'; readonly durationMs: number })
  /** `error` is what the pipeline's function rejected with: a SidestepError for a failed step, or the user's own. */
  | (EventBase & { readonly type: 'run.failed'; readonly durationMs: number; readonly error: unknown })
  | (EventBase & { readonly type: 'run.cancelled'; readonly durationMs: number })
