import type { Clock } from '../clock.ts'
import { isTerminal, type Observation, type Phase } from '../operator/phases.ts'
import type { PhaseDuration } from './run-events.ts'

/** How long a step run was in which phase, over all its attempts. */
export class StepTimes {
  readonly #clock: Clock
  readonly #start: number
  readonly #totals: Map<Phase, number> = new Map()
  #last: Observation | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#start = clock.now()
  }

  get durationMs(): number {
    return this.#clock.now() - this.#start
  }

  observed(observation: Observation): void {
    this.#last = observation
  }

  /** Adds up what the provider said of an attempt that has ended. */
  attemptEnded(): void {
    const starts = this.#last?.phases ?? []
    for (const [index, { phase, at }] of starts.entries()) {
      if (isTerminal(phase)) continue
      const end = starts[index + 1]?.at ?? this.#last?.at ?? at
      this.#totals.set(phase, (this.#totals.get(phase) ?? 0) + Math.max(0, Date.parse(end) - Date.parse(at)))
    }
    this.#last = undefined
  }

  get phases(): readonly PhaseDuration[] {
    return [...this.#totals].map(([phase, durationMs]) => ({ phase, durationMs }))
  }
}
