import type { Observation, Phase } from '../operator/phases.ts'
import { PHASES } from '../operator/phases.ts'
import type { ResolvedTimeouts } from '../step/policies.ts'

export type BudgetName = 'queue' | 'run' | 'total'

export interface Deadline {
  readonly budget: BudgetName
  readonly limitMs: number
  /** Milliseconds from now, by the provider's clock; zero or less: it has passed. */
  readonly inMs: number
}

const FIRST_RUNNING = PHASES.indexOf('running')

/** The deadline that comes first, given what was seen of a job. Pure. */
export function nextDeadline(
  timeouts: ResolvedTimeouts,
  seen: {
    /** When the job was created, by the provider's clock. */
    readonly createdAt: Date
    /** When the step's process began, where it has. */
    readonly startedAt: Date | undefined
    /** The provider's "now": the date of its last answer plus the time since. */
    readonly now: Date
  },
): Deadline | undefined {
  const { queueMs, runMs, totalMs } = timeouts
  const created = seen.createdAt.getTime()
  const started = seen.startedAt?.getTime()
  const candidates: [BudgetName, number | undefined, number | undefined][] = [
    ['queue', queueMs, started === undefined ? created : undefined],
    ['run', runMs, started],
    ['total', totalMs, created],
  ]
  return candidates
    .flatMap(([budget, limitMs, from]) =>
      limitMs === undefined || from === undefined
        ? []
        : [{ budget, limitMs, inMs: from + limitMs - seen.now.getTime() }],
    )
    .toSorted((a, b) => a.inMs - b.inMs)[0]
}

/** When the step's process began, by an observation that saw it run: as the provider remembers, else when it was seen. */
export function startOfRun({ phases, at }: Observation): Date {
  return new Date(phases?.find(({ phase }) => hasStarted(phase))?.at ?? at)
}

/** Whether the step's process has begun in this phase, or before it. */
export function hasStarted(phase: Phase): boolean {
  return PHASES.indexOf(phase) >= FIRST_RUNNING
}
