import { systemClock, type Clock, type Observation } from '@sidestep/core'

import { SharedCall } from '../aws/shared-call.ts'
import { JOB_NAME_PREFIX } from './job-name.ts'
import { byTurn, lookedAt, missed, newlyKnown, takeIn, told, urgencyOf, type KnownJob } from './known-job.ts'
import type { TrainingJobs } from './training-jobs.ts'
import { isOver } from './training-states.ts'
import { unreadableAnswer } from './unreadable-answer.ts'

/** Lists run behind: what changed before the last look by as much is listed again, in milliseconds. */
const OVERLAP_MS = 3 * 60_000
/**
 * So often each job is looked at by itself, whatever lists say: one that a list leaves out has changed all the same. In milliseconds: a thousand
 * jobs take a call a second then.
 */
const OWN_LOOK_MS = 15 * 60_000
/** The same where lists fail, in milliseconds. */
const BLIND_LOOK_MS = 2 * 60_000
/** A list that has not come to its end within this time has failed, in milliseconds. */
const LONGEST_LIST_MS = 20_000
/** A call of `observe` takes no longer looks than these, in milliseconds: the rest has its turn in the next. */
const LOOKS_MS = 15_000
/** One look among many that takes longer has failed, in milliseconds: one that gets no answer keeps no other job from being seen. */
const LONGEST_LOOK_MS = 15_000
/** Looks at once: they are in one budget anyway. */
const LOOKS_AT_ONCE = 5
/** What was not asked for so long is forgotten, in milliseconds. */
const FORGET_MS = 3_600_000
/** Who watches a job asks for it within so many times that a list is good for. */
const RECENT_LISTS = 6

/** What is waited by, and how often lists are asked for. */
export interface JobWatchOptions {
  /** Default: the system's. */
  readonly clock?: Clock
  /** A list that is no older serves those that ask after it, in milliseconds. */
  readonly listEveryMs: number
  /** Default: 15 seconds. */
  readonly longestLookMs?: number
}

/**
 * Looks at many jobs with few calls: one list of what changed since the last one, and a look at each job that did. ListTrainingJobs
 * applies its filter by status after it cuts its pages, so it is never used. What is remembered only spares calls: a watch
 * that remembers nothing sees the same.
 */
export class JobWatch {
  readonly #jobs: TrainingJobs
  readonly #clock: Clock
  readonly #listEveryMs: number
  readonly #longestLookMs: number
  readonly #known: Map<string, KnownJob> = new Map()
  /** By this process's clock. */
  #listedAtMs = -Infinity
  readonly #listing: SharedCall = new SharedCall()

  constructor(
    jobs: TrainingJobs,
    { clock = systemClock, listEveryMs, longestLookMs = LONGEST_LOOK_MS }: JobWatchOptions,
  ) {
    this.#jobs = jobs
    this.#clock = clock
    this.#listEveryMs = listEveryMs
    this.#longestLookMs = longestLookMs
  }

  /** By name. One that was not seen this time is missing; rejects where that is all of them, for a fault. */
  async observe(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Observation>> {
    this.#note(names)
    const [only] = names
    if (names.length === 1 && only !== undefined && this.#isAlone(only)) {
      await this.#look(only, signal)
      return this.#tell(names)
    }
    const startedMs = this.#clock.now()
    const trouble: unknown[] = []
    await this.#listChanges(signal).catch((error: unknown) => trouble.push(error))
    const isBlind = trouble.length > 0
    signal.throwIfAborted()
    trouble.push(...(await this.#lookAtSome(names, { signal, ownLookMs: isBlind ? BLIND_LOOK_MS : OWN_LOOK_MS })))
    signal.throwIfAborted()
    // What is only remembered is no answer, but an end stays one: nobody looks at it again.
    const isFresh = (name: string): boolean => (this.#known.get(name)?.lookedAtMs ?? -Infinity) >= startedMs
    const seen = this.#tell(isBlind ? names.filter((name) => isFresh(name) || this.hasEnded(name)) : names)
    if (trouble.length > 0 && seen.size === 0) throw trouble[0]
    return seen
  }

  /** Whether SageMaker has told that a job has ended. */
  hasEnded(name: string): boolean {
    const job = this.#known.get(name)?.job
    return job !== undefined && isOver(job)
  }

  #note(names: readonly string[]): void {
    const now = this.#clock.now()
    for (const name of names) {
      const known = this.#known.get(name)
      if (known !== undefined) known.askedAtMs = now
      else this.#known.set(name, newlyKnown(now))
    }
    for (const [name, { askedAtMs }] of this.#known) if (now - askedAtMs > FORGET_MS) this.#known.delete(name)
  }

  /** Those that go on, as far as is known, and that somebody has asked for of late. */
  #watched(): ReadonlyMap<string, KnownJob> {
    const sinceMs = this.#clock.now() - RECENT_LISTS * this.#listEveryMs
    return new Map(
      [...this.#known].filter(([, { askedAtMs, job }]) => askedAtMs >= sinceMs && (job === undefined || !isOver(job))),
    )
  }

  /** A look at the only job costs as much as a list, and says more. */
  #isAlone(only: string): boolean {
    return [...this.#watched().keys()].every((name) => name === only)
  }

  /** One list serves all who ask meanwhile. */
  async #listChanges(signal: AbortSignal): Promise<void> {
    if (this.#clock.now() - this.#listedAtMs < this.#listEveryMs) return
    const since = oldest([...this.#watched().values()].map(({ seenAt }) => seenAt))
    // Of a job that was never seen, no list of changes tells that nothing changed: it is looked at by itself.
    if (since === undefined) return
    const modifiedAfter = new Date(since.getTime() - OVERLAP_MS)
    await this.#listing.join(async (left) => {
      const limit = AbortSignal.timeout(LONGEST_LIST_MS)
      await this.#list(modifiedAfter, AbortSignal.any([left, limit])).catch((error: unknown) => {
        if (error !== limit.reason || left.aborted) throw error
        throw unreadableAnswer(`SageMaker ListTrainingJobs has not come to an end within ${LONGEST_LIST_MS / 1_000} s`)
      })
    }, signal)
  }

  async #list(modifiedAfter: Date, signal: AbortSignal): Promise<void> {
    const startedMs = this.#clock.now()
    let startedAt: Date | undefined
    for await (const { output, at } of this.#jobs.list({ nameContains: JOB_NAME_PREFIX, modifiedAfter }, signal)) {
      startedAt ??= at
      for (const summary of output) {
        const known = this.#known.get(summary.TrainingJobName ?? '')
        if (known !== undefined) takeIn(known, summary)
      }
    }
    // What no page had is as it was, as far as lists tell.
    for (const known of this.#known.values()) {
      const { seenAt } = known
      const isCovered = seenAt !== undefined && seenAt.getTime() - OVERLAP_MS >= modifiedAfter.getTime()
      if (isCovered && startedAt !== undefined && startedAt > seenAt) known.seenAt = startedAt
    }
    this.#listedAtMs = startedMs
  }

  /**
   * What failed, one after another: jobs that may have ended first, those that are only looked at now and then last. Where time is over
   * before all had their turn, those that were left out come first the next time.
   */
  async #lookAtSome(
    names: readonly string[],
    { signal, ownLookMs }: { readonly signal: AbortSignal; readonly ownLookMs: number },
  ): Promise<readonly unknown[]> {
    const startedMs = this.#clock.now()
    const untilMs = startedMs + LOOKS_MS
    const queue = names
      .flatMap((name) => {
        const known = this.#known.get(name)
        return known === undefined ? [] : [{ name, known, urgency: urgencyOf(known, ownLookMs, startedMs) }]
      })
      .filter(({ urgency }) => urgency > 0)
      .toSorted((a, b) => b.urgency - a.urgency || byTurn(a.known, b.known))
    const failures: unknown[] = []
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { name, known } = next
        // So many failures are no matter of one job.
        if (this.#clock.now() > untilMs || failures.length >= LOOKS_AT_ONCE) return
        const limited = AbortSignal.any([signal, AbortSignal.timeout(this.#longestLookMs)])
        await this.#look(name, limited).catch((error: unknown) => {
          failures.push(error)
          if (!signal.aborted) known.failedAtMs = this.#clock.now()
        })
      }
    }
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, work))
    return failures
  }

  async #look(name: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#jobs.describe(name, signal)
    const known = this.#known.get(name)
    if (known === undefined) return
    if (answer === undefined) missed(known, this.#clock.now())
    else lookedAt(known, answer, this.#clock.now())
  }

  #tell(names: readonly string[]): ReadonlyMap<string, Observation> {
    return new Map(
      names.flatMap((name) => {
        const known = this.#known.get(name)
        const observation = known === undefined ? undefined : told(known, this.#clock)
        return observation === undefined ? [] : [[name, observation] as const]
      }),
    )
  }
}

/** The earliest of the times that are known; `undefined` where none is. */
function oldest(times: readonly (Date | undefined)[]): Date | undefined {
  return times.reduce<Date | undefined>(
    (least, time) => (time !== undefined && (least === undefined || time < least) ? time : least),
    undefined,
  )
}
