import type { EventEmitter } from 'node:events'

import { systemClock, type Clock } from '../clock.ts'

/**
 * What a job knows of being told to stop. It is also how long the job goes on while the store is away: its patience,
 * until it is told to stop; then what is left of the grace.
 */
export interface Stop {
  /** The signal, once one came. */
  readonly received: NodeJS.Signals | undefined
  /** Resolves when the first one comes. */
  readonly requested: Promise<NodeJS.Signals>
  /** Aborts when the first one comes. */
  readonly hurry: AbortSignal
  /** Milliseconds that one call of the store is tried again. */
  readonly patienceMs: number
  /** Milliseconds of the grace that are left; without end until a signal comes. */
  timeLeftMs(): number
  /** True where whoever stops the job signals its whole process group, so that a child hears it without us. */
  readonly reachesGroup: boolean
}

/** In milliseconds. */
export interface StopLimits {
  readonly graceMs: number
  readonly patienceMs: number
}

export interface ListenForStopOptions {
  /** Default: false. */
  readonly reachesGroup?: boolean
  readonly clock?: Clock
  /** What emits the signals. Default: this process. */
  readonly source?: Pick<EventEmitter, 'on'>
}

/** Listens for SIGTERM and SIGINT. The limits are asked for when they count: a job learns its own from its spec. */
export function listenForStop(limits: () => StopLimits, options: ListenForStopOptions = {}): Stop {
  const { reachesGroup = false, clock = systemClock, source = process } = options
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  const hurry = new AbortController()
  const state: { received?: NodeJS.Signals; deadline?: number } = {}
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    source.on(signal, () => {
      state.received ??= signal
      state.deadline ??= clock.now() + limits().graceMs
      hurry.abort()
      resolve(signal)
    })
  }
  return {
    get received() {
      return state.received
    },
    requested: promise,
    hurry: hurry.signal,
    get patienceMs() {
      return limits().patienceMs
    },
    timeLeftMs: () => (state.deadline === undefined ? Number.POSITIVE_INFINITY : state.deadline - clock.now()),
    reachesGroup,
  }
}

/** A stop that a step is also asked for once `other` resolves: nothing that it does is of use any more. No signal is told then. */
export function stopAlsoFor(stop: Stop, other: Promise<unknown>): Stop {
  return {
    get received() {
      return stop.received
    },
    requested: Promise.race([stop.requested, other.then(() => 'SIGTERM' as const)]),
    hurry: stop.hurry,
    get patienceMs() {
      return stop.patienceMs
    },
    timeLeftMs: () => stop.timeLeftMs(),
    // Nobody has signalled the group then; where somebody has, a second SIGTERM does no harm to what is to end.
    reachesGroup: false,
  }
}
