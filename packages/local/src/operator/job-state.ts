import type { FailureKind, Observation, TerminalPhase } from '@sidestep/core'

import type { EndReason, ExitRecord, JobRecord, PhaseRecord } from '../job/job-record.ts'

/** All that the files of a job, and a look at its supervisor, say. */
export interface JobEvidence {
  /** Absent: there is no such job. */
  readonly record?: JobRecord
  readonly phases: readonly PhaseRecord[]
  /** Absent: it has not ended, or nobody could write that it has. */
  readonly exit?: ExitRecord
  readonly supervised: boolean
  /** Why the supervisor died, where it could say so. */
  readonly lastWords?: string
}

interface End {
  readonly phase: TerminalPhase
  readonly kind?: FailureKind
}

/** What each way to end means. A command that failed has said why in `result.json`, where it could. */
const ENDS: Readonly<Record<EndReason, End>> = {
  exited: { phase: 'failed' },
  stopped: { phase: 'stopped', kind: 'stopped' },
  timeout: { phase: 'failed', kind: 'timeout' },
  oom: { phase: 'failed', kind: 'oom' },
  packages_failed: { phase: 'failed', kind: 'infra' },
  start_failed: { phase: 'failed', kind: 'infra' },
  supervisor_failed: { phase: 'failed', kind: 'infra' },
}

/** What is to be said of a job. Pure. */
export function observationOf(evidence: JobEvidence, now: Date): Observation {
  const { record, phases, exit, supervised, lastWords } = evidence
  const at = now.toISOString()
  if (record === undefined) return { phase: 'failed', at, gone: true, reason: 'the folder of the job is not there' }
  const starts = [{ phase: 'queued' as const, at: record.createdAt }, ...phases]
  if (exit !== undefined) return endOf(exit, starts, at)
  if (supervised) return { phase: starts.at(-1)?.phase ?? 'queued', at, phases: starts }
  const because = lastWords === undefined ? 'it was killed, or the machine was restarted' : lastWords
  return { phase: 'failed', at, phases: starts, kind: 'infra', reason: `the supervisor of the job died: ${because}` }
}

function endOf(exit: ExitRecord, starts: readonly PhaseRecord[], at: string): Observation {
  const { reason, exitCode, signal, message, hint, endedAt } = exit
  // Whoever ends well in spite of being told to stop has ended well.
  const { phase, kind }: End = exitCode === 0 ? { phase: 'succeeded' } : ENDS[reason]
  const said = message ?? (signal === undefined ? `exit code ${exitCode}` : `killed by ${signal}`)
  const failure = { reason: said, ...optional('kind', exit.kind ?? kind), ...optional('hint', hint) }
  return {
    phase,
    providerState: reason,
    at,
    phases: [...starts, { phase, at: endedAt }],
    ...optional('exitCode', exitCode),
    ...(phase === 'succeeded' ? {} : failure),
  }
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: V }
}
