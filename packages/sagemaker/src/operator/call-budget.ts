import { systemClock, type Clock } from '@sidestep/core'

import { untilAborted } from '../aws/until-aborted.ts'
import { SharedByClock } from './shared-by-clock.ts'

/** How often an operation is called at most. */
export interface CallRate {
  /** In the long run, less what waits are longer at random. */
  readonly perSecond: number
  /** At once, after a pause. */
  readonly burst: number
}

/** Operations of AWS that jobs are made and watched with. */
export type Operation =
  | 'CreateTrainingJob'
  | 'DescribeTrainingJob'
  | 'ListTrainingJobs'
  | 'StopTrainingJob'
  | 'DescribeLogStreams'
  | 'GetLogEvents'

/**
 * Some of what an account and region has: others use it, too. ListTrainingJobs has 2 requests a second, which cannot be raised
 * (aws-solutions/deepracer-on-aws#87), and CreateTrainingJob 1, unless the account has got more
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-feature-processor-quotas.html); GetLogEvents has 10, and
 * DescribeLogStreams 25 (quotas of CloudWatch Logs). AWS publishes none of the others.
 */
const RATES: Readonly<Record<Operation, CallRate>> = {
  CreateTrainingJob: { perSecond: 0.9, burst: 1 },
  DescribeTrainingJob: { perSecond: 10, burst: 20 },
  ListTrainingJobs: { perSecond: 1.6, burst: 1 },
  StopTrainingJob: { perSecond: 2, burst: 10 },
  DescribeLogStreams: { perSecond: 5, burst: 5 },
  GetLogEvents: { perSecond: 5, burst: 5 },
}

/** After the first refusal nothing is sent for so long, in milliseconds; after each that follows twice as long. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** What is added to a wait at random, as a part of it: those that wait for the same thing do not come back together. */
const JITTER = 0.25

/** What a budget waits by. */
export interface CallBudgetOptions {
  /** Default: the system's. */
  readonly clock?: Clock
  /** From 0 up to 1. Default: `Math.random`. */
  readonly random?: () => number
  /** Instead of the usual ones. */
  readonly rates?: Readonly<Record<Operation, CallRate>>
}

/** What of a call decides when it has its turn. */
export interface Turn {
  /** AWS has refused it because there were too many: it comes before those that have not been sent yet. */
  readonly isRefused?: boolean
}

/** How often AWS is called in one account and region. Who comes first is served first. */
export class CallBudget {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #lanes: ReadonlyMap<Operation, Lane>

  constructor({ clock = systemClock, random = Math.random, rates = RATES }: CallBudgetOptions = {}) {
    this.#clock = clock
    this.#random = random
    this.#lanes = new Map(Object.entries(rates).map(([name, rate]) => [name as Operation, laneOf(rate)]))
  }

  /** Resolves when the operation may be called. Rejects with the signal's reason: whoever comes next moves up. */
  async take(operation: Operation, signal: AbortSignal, { isRefused = false }: Turn = {}): Promise<void> {
    signal.throwIfAborted()
    const lane = this.#lane(operation)
    const { promise: isFirst, resolve: beFirst } = Promise.withResolvers<void>()
    const place: Place = { isRefused, beFirst }
    enter(lane.queue, place)
    try {
      await untilAborted(isFirst, signal)
      await this.#beFirst(lane, signal)
    } finally {
      leave(lane.queue, place)
    }
  }

  async #beFirst(lane: Lane, signal: AbortSignal): Promise<void> {
    const { intervalMs, burst } = lane
    for (;;) {
      const waitMs = Math.max(lane.nextMs, lane.pausedUntilMs) - this.#clock.now()
      if (waitMs <= 0) break
      await this.#clock.sleep(waitMs + Math.min(waitMs, intervalMs) * JITTER * this.#random(), { signal })
    }
    // From when it is sent: a call that was late by its jitter must not be close to the next one. After a pause, calls come one after
    // another again, and not all at once.
    const sentMs = Math.max(lane.nextMs, this.#clock.now() - (burst - 1) * intervalMs, lane.pausedUntilMs)
    lane.nextMs = sentMs + intervalMs
  }

  /** AWS has refused a call because there were too many: nothing is sent for a while, which grows. */
  slowDown(operation: Operation, retryAfterMs: number = 0): void {
    const lane = this.#lane(operation)
    // Nothing is sent in a pause: what is refused in it was sent before, with what the pause is for.
    const isNew = this.#clock.now() >= lane.pausedUntilMs
    const pauseMs = isNew ? Math.min(FIRST_PAUSE_MS * 2 ** lane.refusals, LONGEST_PAUSE_MS) : 0
    if (isNew) lane.refusals += 1
    // No longer than that, whatever an answer asks for: a wrong number would keep everybody waiting for ever.
    const askedMs = Math.min(retryAfterMs, LONGEST_PAUSE_MS)
    const untilMs = this.#clock.now() + Math.max(pauseMs * (1 + JITTER * this.#random()), askedMs)
    lane.pausedUntilMs = Math.max(lane.pausedUntilMs, untilMs)
  }

  /** AWS has answered: the next refusal is a first one. */
  answered(operation: Operation): void {
    this.#lane(operation).refusals = 0
  }

  #lane(operation: Operation): Lane {
    const lane = this.#lanes.get(operation)
    if (lane === undefined) throw new Error(`there is no rate for ${operation}`)
    return lane
  }
}

/** Of a call that waits. */
interface Place {
  readonly isRefused: boolean
  readonly beFirst: () => void
}

/** The time of a call that was refused runs: it is over before all have had their turn that have just come. */
function enter(queue: Place[], place: Place): void {
  const at = place.isRefused ? queue.findIndex(({ isRefused }, index) => index > 0 && !isRefused) : -1
  queue.splice(at === -1 ? queue.length : at, 0, place)
  if (queue[0] === place) place.beFirst()
}

/** Those before it stay in their places. */
function leave(queue: Place[], place: Place): void {
  queue.splice(queue.indexOf(place), 1)
  queue[0]?.beFirst()
}

interface Lane {
  readonly intervalMs: number
  readonly burst: number
  /** When the next call would have its turn, if calls came evenly. */
  nextMs: number
  /** The first of them waits for its time, the others for being the first. */
  readonly queue: Place[]
  pausedUntilMs: number
  /** In a row. */
  refusals: number
}

function laneOf({ perSecond, burst }: CallRate): Lane {
  return {
    intervalMs: 1_000 / perSecond,
    burst,
    nextMs: -Infinity,
    queue: [],
    pausedUntilMs: -Infinity,
    refusals: 0,
  }
}

const budgets: SharedByClock<CallBudget> = new SharedByClock()

/** The one budget of everything in this process that calls AWS in an account and region, at an endpoint, and waits by a clock. */
export function budgetOf(place: {
  readonly account: string
  readonly region: string
  readonly endpoint?: string | undefined
  /** Default: the system's. */
  readonly clock?: Clock
}): CallBudget {
  const { account, region, endpoint = '', clock = systemClock } = place
  return budgets.get(clock, [account, region, endpoint].join(' '), () => new CallBudget({ clock }))
}
