import type { Clock } from './clock.ts'

/** How many calls a provider takes. */
export interface CallRate {
  /** On average. */
  readonly perSecond: number
  /** At once, after a pause. Default: one second's worth, at least 1. */
  readonly burst?: number
}

/** Counts calls against a rate. */
export class TokenBucket {
  constructor(_rate: CallRate, _clock: Clock) {
    throw new Error('not there yet')
  }

  /** 0: the call may go on. Else the milliseconds until the next one may. */
  take(): number {
    throw new Error('not there yet')
  }
}
