import type { Clock } from './clock.ts'

/** The machine's clock, `scale` times as fast: with 60, a minute of the provider takes a second. */
export class ScaledClock implements Clock {
  /** From 0.001 to 10,000. Throws a `RangeError` for others. */
  constructor(_scale: number = 1) {
    throw new Error('not there yet')
  }

  now(): number {
    throw new Error('not there yet')
  }

  async wait(_ms: number, _options: { readonly signal: AbortSignal }): Promise<void> {
    throw new Error('not there yet')
  }
}
