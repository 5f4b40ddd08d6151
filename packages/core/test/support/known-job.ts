import type { KnownJob } from '../../src/runs/job-summary.ts'
import type { ScriptedOperator, ScriptedService } from './scripted-service.ts'

/** A job that runs by its service, and that a run has begun as an attempt of its step. */
export function knownJob(service: ScriptedService, operator: ScriptedOperator, n: number = 1): KnownJob {
  const handle = { id: `job-${n}` }
  const attempt = { runId: 'r', stepRunId: 's', attempt: n }
  service.jobs.set(handle.id, {
    handle,
    labels: { ...attempt, token: handle.id, journalId: 'j' },
    nonce: 'nonce',
    fingerprint: 'fingerprint',
    observation: { phase: 'running', at: service.now().toISOString() },
  })
  return {
    id: handle.id,
    attempt: { ...attempt, stepName: 'train' },
    operatorName: '*',
    flavor: 'scripted',
    operator,
    handle,
  }
}
