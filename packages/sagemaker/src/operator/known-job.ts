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
  /** When a look at it failed, by this process's clock. Absent: the last one did not. */
  failedAtMs?: number
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
  delete known.failedAtMs
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
  delete known.failedAtMs
  if (known.missing === 0) known.missingSinceMs = nowMs
  known.missing += 1
}

/** How urgent a look at the job itself is; after `ownLookMs` without one it always is. 0: it needs none now. Pure. */
export function urgencyOf(known: KnownJob, ownLookMs: number, nowMs: number): number {
  // What has ended stays as it is.
  if (known.job !== undefined && isOver(known.job) && !known.changed) return 0
  // Whose looks fail keeps no other from being looked at.
  if (known.failedAtMs !== undefined) return 1
  if (known.changed && known.summary !== undefined && isOver(known.summary)) return 4
  if (known.missing > 0) return 3
  if (known.changed || known.job === undefined) return 2
  return nowMs - known.lookedAtMs > ownLookMs ? 1 : 0
}

/** Which of two that are equally urgent is looked at first: the one that has waited for longer. For `toSorted`. Pure. */
export function byTurn(one: KnownJob, other: KnownJob): number {
  const [turn, others] = [one.failedAtMs ?? one.lookedAtMs, other.failedAtMs ?? other.lookedAtMs]
  return turn === others ? 0 : turn < others ? -1 : 1
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
