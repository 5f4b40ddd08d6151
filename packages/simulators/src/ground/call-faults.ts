import type { OpenCall } from './call-log.ts'
import { DEFAULT_DELAY_MS, type CallFaultKind, type Fault } from './faults.ts'

/** The faults of one call, and which of them have acted. */
export class CallFaults {
  readonly #faults: readonly Fault[]
  readonly #call: OpenCall
  readonly #met = new Set<Fault>()

  /** What acts is written down in `call`. */
  constructor(faults: readonly Fault[], call: OpenCall) {
    this.#faults = faults
    this.#call = call
  }

  /** True where there are some of the kind that have not acted yet: they act now. */
  meet(kind: CallFaultKind): boolean {
    return this.#meet(kind).length > 0
  }

  /** The same, for kinds with a time: its milliseconds, 0 where there are none. Several of a kind add up. */
  meetDelay(kind: CallFaultKind): number {
    return this.#meet(kind).reduce((sum, { delayMs = DEFAULT_DELAY_MS }) => sum + delayMs, 0)
  }

  /** The first of these kinds that is there and acts now. */
  meetFirst<Kind extends CallFaultKind>(kinds: readonly Kind[]): Kind | undefined {
    return kinds.find((kind) => this.meet(kind))
  }

  /** Those that had no occasion to act. */
  get unmet(): readonly Fault[] {
    return this.#faults.filter((fault) => !this.#met.has(fault))
  }

  #meet(kind: CallFaultKind): readonly Fault[] {
    const met = this.#faults.filter((fault) => fault.kind === kind && !this.#met.has(fault))
    for (const fault of met) {
      this.#met.add(fault)
      this.#call.faults.push(kind)
    }
    return met
  }
}
