import type { Clock, Observation } from '@sidestep/core'

import { observationOf, summaryObservation } from './observation.ts'
import type { TrainingJob, TrainingJobSummary } from './training-job.ts'
import { isOver } from './training-states.ts'

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
 * A job that was just created may not be known everywhere yet, and not all that answer know the same: SageMaker has to say for so long that
 * there is none, in milliseconds. Whoever believes it too early gives up a job that runs, and begins another one.
 */
export const UNSEEN_MS = 60_000

/** Of a job of which nothing is known but its name. */
export function newlyKnown(askedAtMs: number): KnownJob {
  return { lookedAtMs: -Infinity, changed: false, missing: 0, missingSinceMs: Infinity, askedAtMs }
}

/** Adds what a list says. */
export function takeIn(known: KnownJob, summary: TrainingJobSummary): void {
  const { job, summary: before } = known
  // An older list says nothing new, but that it has ended: nothing goes on after that, whatever the times are.
  const isOld = timeOf(summary) < Math.max(timeOf(job), timeOf(before))
  if (isOld && !isOver(summary)) return
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

/** Adds what a look at the job itself says. `at`: SageMaker's time of it; `nowMs`: this process's. */
export function lookedAt(
  known: KnownJob,
  answer: { readonly output: TrainingJob; readonly at: Date },
  nowMs: number,
): void {
  const { output: job, at } = answer
  known.lookedAtMs = nowMs
  known.missing = 0
  // Not all that answer are up to date: what has ended does not go on, and what goes on does not go back.
  if (known.job !== undefined && !isOver(job) && (isOver(known.job) || timeOf(job) < timeOf(known.job))) return
  known.changed = false
  known.job = job
  known.seenAt = at
}

/** Adds that SageMaker says that there is no such job. */
export function missed(known: KnownJob, nowMs: number): void {
  known.lookedAtMs = nowMs
  if (known.missing === 0) known.missingSinceMs = nowMs
  known.missing += 1
}

/** What is to be said of a job. `undefined`: nothing this time. */
export function told(known: KnownJob, clock: Clock): Observation | undefined {
  const { job, summary, missing, missingSinceMs, changed } = known
  const now = clock.date()
  const at = known.seenAt ?? now
  // What has ended may be deleted, and has still ended so.
  if (job !== undefined && isOver(job)) return observationOf(job, at)
  // Only who is told so twice believes it, and after a while.
  if (missing > 1 && clock.now() - missingSinceMs >= UNSEEN_MS) {
    return { phase: 'failed', at: now.toISOString(), gone: true, reason: 'SageMaker does not know its training job' }
  }
  if (missing > 0) return undefined
  if (job !== undefined && !(changed && summary !== undefined)) return observationOf(job, at)
  // It has changed, and there was no time for a look: how it ended is told by one alone.
  if (summary === undefined || isOver(summary)) return undefined
  return job === undefined ? summaryObservation(summary, at) : observationOf({ ...job, ...summary }, at)
}

function timeOf(summary: TrainingJobSummary | undefined): number {
  return summary?.LastModifiedTime?.getTime() ?? 0
}
