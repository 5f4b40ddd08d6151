import type { FailureKind, JobLabels, Phase } from '@sidestep/core'
import type { ProcessIdentity } from '@sidestep/core/process'

import type { JobClock } from './job-clock.ts'

/** `job.json`: there is a job, and this process answers for it. Complete or absent. */
export interface JobRecord extends JobClock {
  readonly labels: JobLabels
  readonly fingerprint: string
  /** Of the create call that won. */
  readonly nonce: string
  readonly supervisor: ProcessIdentity
  /** In which the supervisor's pid is one: a container has its own. Absent where the system has none. */
  readonly pidNamespace?: string
}

/** A line of `phases.jsonl`. */
export interface PhaseRecord {
  readonly phase: Phase
  /** ISO 8601. */
  readonly at: string
}

/** Why a job ended: its command did, somebody or a limit ended it, or it never came to run the command. */
export type EndReason =
  | 'exited'
  | 'stopped'
  | 'timeout'
  | 'oom'
  | 'packages_failed'
  | 'start_failed'
  | 'supervisor_failed'

/** How a job ended. */
export interface JobEnd {
  readonly reason: EndReason
  /** Of the command, where it ended by itself or after SIGTERM. */
  readonly exitCode?: number
  readonly signal?: string
  /** For people. */
  readonly message?: string
  readonly hint?: string
  /** Where whoever failed said it. */
  readonly kind?: FailureKind
}

/** `exit.json`: written last, when nothing of the job runs any more. */
export interface ExitRecord extends JobEnd {
  /** ISO 8601. */
  readonly endedAt: string
  /** Of all processes of the job together, as far as it was seen. */
  readonly peakMemoryBytes?: number
}
