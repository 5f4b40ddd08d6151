import type { Clock, Observation } from '@sidestep/core'

import { observationOf, summaryObservation } from './observation.ts'
import type { TrainingJob, TrainingJobSummary } from './training-job.ts'
import { hasEnded } from './training-states.ts'

/** What is known of a job that was asked for. */
export interface KnownJob {
  /** Of the last look at the job itself. */
  job?: TrainingJob
  /** SageMaker's time of what is known. */
  seenAt?: Date
  /** When it was looked at by itself, by this process's clock. */
  lookedAtMs: number
  /** Of the newest list that had it. */
  summary?: TrainingJobSummary
  /** Whether a list said something new since the last look. */
  changed: boolean
  /** How often in a row SageMaker did not know it. */
  missing: number
  /** Since when, by this process's clock. */
  missingSinceMs: number
  /** When somebody asked for it, by this process's clock. */
  askedAtMs: number
}

/**
 * A job that was just created may not be known everywhere yet: of one that was never seen, SageMaker has to say for so long that there is
 * none, in milliseconds.
 */
export const UNSEEN_MS = 30_000

/** Of a job of which nothing is known but its name. */
export function newlyKnown(askedAtMs: number): KnownJob {
  return { lookedAtMs: -Infinity, changed: false, missing: 0, missingSinceMs: Infinity, askedAtMs }
}

/** Adds what a list says. */
export function takeIn(known: KnownJob, summary: TrainingJobSummary): void {
  const { job, summary: before } = known
  // An older list says nothing new.
  if (timeOf(summary) < Math.max(timeOf(job), timeOf(before))) return
  known.summary = summary
  if (
    job === undefined ||
    timeOf(summary) > timeOf(job) ||
    summary.TrainingJobStatus !== job.TrainingJobStatus ||
    (summary.SecondaryStatus !== undefined && summary.SecondaryStatus !== job.SecondaryStatus)
  ) {
    known.changed = true
  }
}

/** What is to be said of a job. `undefined`: nothing this time. */
export function told(known: KnownJob, clock: Clock): Observation | undefined {
  const { job, summary, missing, missingSinceMs, changed } = known
  const now = clock.date()
  const at = known.seenAt ?? now
  // What has ended may be deleted, and has still ended so.
  if (job !== undefined && hasEnded(job.TrainingJobStatus ?? '')) return observationOf(job, at)
  // Only who is told so twice believes it.
  if (missing > 1 && (job !== undefined || clock.now() - missingSinceMs >= UNSEEN_MS)) {
    return { phase: 'failed', at: now.toISOString(), gone: true, reason: 'SageMaker does not know its training job' }
  }
  if (missing > 0) return undefined
  if (job !== undefined && !(changed && summary !== undefined)) return observationOf(job, at)
  // It has changed, and there was no time for a look: how it ended is told by one alone.
  if (summary === undefined || hasEnded(summary.TrainingJobStatus ?? '')) return undefined
  return job === undefined ? summaryObservation(summary, at) : observationOf({ ...job, ...summary }, at)
}

function timeOf(summary: TrainingJobSummary | undefined): number {
  return summary?.LastModifiedTime?.getTime() ?? 0
}
