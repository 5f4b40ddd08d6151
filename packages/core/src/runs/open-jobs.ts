import { messageOf } from '../errors.ts'
import type { JournalAttempt, JournalRun } from '../journal/journal.ts'
import { attemptToken } from '../launch/identity.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { JobHandle } from '../operator/job-service.ts'
import { describedOperator } from '../stack/stack-description.ts'
import type { KnownJob } from './job-summary.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'
import { createdAtOf, handleOf } from './stored-handle.ts'

/**
 * The jobs of attempts that the journal has no outcome of, or of all attempts. A create whose answer was lost is looked
 * up: it may have made a job.
 */
export async function openJobs(
  place: RunsPlace,
  { runId, ended = false }: { readonly runId?: string; readonly ended?: boolean } = {},
): Promise<readonly KnownJob[]> {
  const all = await place.journal.attempts(runId === undefined ? {} : { runId })
  // One that was left running on purpose has an outcome, and may live.
  const attempts = ended ? all : all.filter(({ outcome }) => outcome === undefined || outcome.status === 'detached')
  const runs = new Map<string, JournalRun | undefined>()
  const jobs: KnownJob[] = []
  for (const attempt of attempts) {
    const id = attempt.key.runId
    if (!runs.has(id)) runs.set(id, await place.journal.run(id))
    const run = runs.get(id)
    const job = run === undefined ? undefined : await jobOf(attempt, run, place)
    if (job !== undefined) jobs.push(job)
  }
  return jobs
}

/** `undefined` where the attempt has no job. */
async function jobOf(attempt: JournalAttempt, run: JournalRun, place: RunsPlace): Promise<KnownJob | undefined> {
  const { key, operator: operatorName, stepName = key.stepRunId, creates } = attempt
  const recorded = handleOf(attempt) as JobHandle | undefined
  if (operatorName === undefined || (recorded === undefined && creates.length === 0)) return undefined
  const token = attemptToken({ ...key, salt: run.record.salt })
  const flavor = describedOperator(run.record.stack, operatorName)?.flavor ?? ''
  const about = { attempt: { ...key, stepName }, operatorName, flavor, run, startedAt: createdAtOf(attempt) }
  const idOf = (handle: JobHandle | undefined): string => (typeof handle?.id === 'string' ? handle.id : token)
  try {
    const operator = await place.stacks.operator(run, operatorName)
    const handle = recorded ?? (await findByToken(token, operator))
    const canTell = serviceOf(operator) !== undefined
    if (handle === undefined && canTell) return undefined
    return { ...about, id: idOf(handle), operator, ...(handle === undefined ? {} : { handle }) }
  } catch (error) {
    const handle = recorded === undefined ? {} : { handle: recorded }
    return { ...about, id: idOf(recorded), ...handle, problem: messageOf(error) }
  }
}

async function findByToken(token: string, operator: BaseStepOperator<any, any>): Promise<JobHandle | undefined> {
  const service = serviceOf(operator)
  if (service === undefined) return undefined
  const signal = AbortSignal.timeout(service.createTimeoutMs)
  for await (const { handle } of service.find({ token }, { signal })) return handle
  return undefined
}
