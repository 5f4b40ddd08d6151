import type { Clock } from './clock.ts'

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  /** `start`: milliseconds since 1970. Default: 2026-01-01T00:00:00Z. */
  constructor(_start?: number) {
    throw new Error('not there yet')
  }

  now(): number {
    throw new Error('not there yet')
  }

  async wait(_ms: number, _options: { readonly signal: AbortSignal }): Promise<void> {
    throw new Error('not there yet')
  }

  /** Lets time go by: every wait that ends until then ends in its order, and what follows from it happens before the next. */
  async advance(_ms: number): Promise<void> {
    throw new Error('not there yet')
  }
}
