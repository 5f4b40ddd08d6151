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

export type Phase = (typeof PHASES)[number]
export type TerminalPhase = 'succeeded' | 'failed' | 'stopped' | 'expired'

export function isTerminal(phase: Phase): phase is TerminalPhase {
  return phase === 'succeeded' || phase === 'failed' || phase === 'stopped' || phase === 'expired'
}

/** When a job entered a phase. */
export interface PhaseStart {
  readonly phase: Phase
  /** ISO 8601, by the provider's clock. */
  readonly at: string
}

/** What a provider says about one job. */
export interface Observation {
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
  readonly kind?: FailureKind
  readonly exitCode?: number
  readonly hint?: string
}
