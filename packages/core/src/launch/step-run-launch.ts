import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import type { JobSpec } from '../entrypoint/job-spec.ts'
import type { SidestepError } from '../errors.ts'
import type { ContainerRegistry } from '../image/container-registry.ts'
import type { BuiltImage } from '../image/image-builder.ts'
import type { LaunchJournal } from '../journal/attempt-record.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { LaunchReport } from '../operator/launch-context.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'

/** What is told of an attempt: by its operator, or of its image. */
export type AttemptReport =
  | LaunchReport
  /** The image that it runs in. */
  | { readonly type: 'image'; readonly image: string }
  /** What the image builder does. */
  | { readonly type: 'image-line'; readonly line: string }

/** Told what becomes of each attempt. */
export interface AttemptObserver {
  started(attempt: AttemptKey): void
  report(attempt: AttemptKey, event: AttemptReport): void
  /** `error` is what the attempt failed with. Awaited before the next attempt begins. */
  ended(attempt: AttemptKey, end: AttemptEnding): Promise<void>
}

/** What an observer is told of an attempt that is over for this launcher. */
export interface AttemptEnding {
  readonly error?: SidestepError
  readonly willRetry: boolean
  /** Nothing was decided about it: it stays open, and whoever resumes goes on with it. */
  readonly undecided?: true
}

/** Everything that launching one step run takes. */
export interface StepRunLaunch {
  readonly operator: BaseStepOperator<any, any>
  readonly info: Omit<StepRunInfo, 'attempt' | 'alternative'>
  /** Flavors of the stack's step operators, which the step's settings may name. Absent: names of settings are not checked. */
  readonly flavors?: readonly string[]
  readonly spec: Omit<JobSpec, 'attempt' | 'secrets' | 'handedSecrets' | 'graceMs' | 'image'>
  /** Builds the step's image, or finds it built. Absent: the operator needs none. */
  readonly buildImage?: (report: (line: string) => void) => Promise<BuiltImage>
  /** The stack's. Absent: it has none. */
  readonly containerRegistry?: () => Promise<ContainerRegistry<any>>
  /** Of the run. */
  readonly salt: string
  /** References, by variable. */
  readonly secrets: Readonly<Record<string, string>>
  /** One that is patient: what it does not answer has been tried again already. */
  readonly store: ArtifactStore
  readonly journal: LaunchJournal
  /** Where the attempts of this run of the step begin: 1, or one more than those that an earlier end of the run has spent. */
  readonly firstAttempt: number
  /** Of the project's own state. */
  readonly home: string
  readonly signal: AbortSignal
  readonly observer: AttemptObserver
  readonly clock: Clock
  readonly random: () => number
}

/** The same for one attempt. */
export interface AttemptLaunch extends StepRunLaunch {
  /** Which of the operator's alternatives it takes, from 0. */
  readonly alternative: number
}
