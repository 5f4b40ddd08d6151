import type { FaultPlan } from '../ground/fault-plan.ts'
import { JOB_FAULT_KINDS, type Fault, type JobFaultKind } from '../ground/faults.ts'
import type { JobEntry } from '../ground/job-log.ts'

/** The faults of one job, and which of them have acted. */
export class JobFaults {
  readonly #faults: readonly Fault[]
  readonly #plan: FaultPlan
  readonly #entry: Pick<JobEntry, 'met'>
  readonly #met = new Set<Fault>()

  /** `faults` were taken of `plan`; those that act are written down in `entry`. */
  constructor(faults: readonly Fault[], plan: FaultPlan, entry: Pick<JobEntry, 'met'>) {
    this.#faults = faults
    this.#plan = plan
    this.#entry = entry
  }

  /** The first of these kinds that has not acted yet. */
  next(...kinds: readonly JobFaultKind[]): Fault | undefined {
    return this.#faults.find((fault) => kinds.some((kind) => kind === fault.kind) && !this.#met.has(fault))
  }

  /** It acts, for the first time or again. */
  met(fault: Fault): void {
    if (this.#met.has(fault)) return
    this.#met.add(fault)
    const kind = JOB_FAULT_KINDS.find((one) => one === fault.kind)
    if (kind !== undefined) this.#entry.met(kind)
  }

  /** The first of a kind that has not acted yet: it acts now. `undefined`: there is none. */
  meet(kind: JobFaultKind): Fault | undefined {
    const fault = this.next(kind)
    if (fault !== undefined) this.met(fault)
    return fault
  }

  /** Those that had no occasion to act are left for another job. */
  giveBack(): void {
    for (const fault of this.#faults) if (!this.#met.has(fault)) this.#plan.giveBack(fault)
  }
}
