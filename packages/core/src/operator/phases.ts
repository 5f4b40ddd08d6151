import type { FailureKind } from '../errors.ts'

/** Where a job stands, in the same words for every provider. */
export const PHASES = [
  'queued',
  'provisioning',
  'downloading',
  'running',
  'finalizing',
  'stopping',
  'succeeded',
  'failed',
  'stopped',
  'expired',
] as const

/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number]
/** A phase that nothing follows. Only `succeeded` is success. */
export type TerminalPhase = 'succeeded' | 'failed' | 'stopped' | 'expired'

/** Whether nothing follows the phase. */
export function isTerminal(phase: Phase): phase is TerminalPhase {
  return phase === 'succeeded' || phase === 'failed' || phase === 'stopped' || phase === 'expired'
}

/** When a job entered a phase. */
export interface PhaseStart {
  /** What it entered. */
  readonly phase: Phase
  /** ISO 8601, by the provider's clock. */
  readonly at: string
}

/** What a job has used, as far as its provider says. */
export interface JobUsage {
  /** How long its machines ran the step, in seconds. */
  readonly runSeconds?: number
  /** For how much of that each of its machines is paid, in seconds. Less than `runSeconds`: at a discount. */
  readonly billableSeconds?: number
  /** The provider's name of a machine of this kind. */
  readonly instanceType?: string
  /** How many machines. Default: 1. */
  readonly instanceCount?: number
}

/** What a provider says about one job. */
export interface Observation {
  /** Where the job is. */
  readonly phase: Phase
  /** The provider's own word, where the phase is coarser: `InProgress/Downloading`. */
  readonly providerState?: string
  /** The provider's clock at its answer, ISO 8601. Budgets count by it. */
  readonly at: string
  /** Oldest first, as far as the provider remembers. */
  readonly phases?: readonly PhaseStart[]
  /** True where the provider definitely does not know the job (any more). */
  readonly gone?: true
  /** Why it ended, as the provider says; the kind where the provider's word decides it. */
  readonly reason?: string
  /** Absent: core decides by what the job itself left. */
  readonly kind?: FailureKind
  /** Of the step's process, where the provider tells it. */
  readonly exitCode?: number
  /** What a person can do about the reason. */
  readonly hint?: string
  /** Of a job that has ended. */
  readonly usage?: JobUsage
}
