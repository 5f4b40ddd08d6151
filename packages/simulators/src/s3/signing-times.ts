import type { Clock } from '../ground/clock.ts'

/** How far the time of a signature may be off. */
export const MAX_SKEW_MS = 900_000

/**
 * Which times a client can have signed at: SDKs sign with the clock of the machine, some with the time that an answer said before, which
 * is the simulator's, and goes on from there. Where the two clocks are apart, a time is good by the one that it may be of.
 */
export class SigningTimes {
  #first = Infinity

  /** To be told of every call: no client knows an earlier time from here. */
  saw(clock: Clock): void {
    this.#first = Math.min(this.#first, clock.now())
  }

  /** Whether a request can have been signed then. `now`: the simulator's time. */
  isNow(time: number, now: number): boolean {
    return Math.abs(Date.now() - time) <= MAX_SKEW_MS || this.#isOfSimulator(time, now)
  }

  /** What a link that is good from one time to another is. `now`: the simulator's time. */
  stateOf(from: number, until: number, now: number): 'good' | 'early' | 'late' {
    const machine = Date.now()
    if (isWithin(machine, from, until)) return 'good'
    if (this.#isOfSimulator(from, now) && now <= until) return 'good'
    return Math.max(machine, now) < from - MAX_SKEW_MS ? 'early' : 'late'
  }

  #isOfSimulator(time: number, now: number): boolean {
    return isWithin(time, this.#first, now + MAX_SKEW_MS)
  }
}

/** With as much before as clocks may be apart. */
function isWithin(time: number, from: number, until: number): boolean {
  return time >= from - MAX_SKEW_MS && time <= until
}
