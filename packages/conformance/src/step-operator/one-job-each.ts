import { setTimeout as sleep } from 'node:timers/promises'

import { isTerminal, type FoundJob, type JobHandle, type JobQuery, type Observation } from '@sidestep/core'

import { hold, shown } from '../hold.ts'
import { settled } from '../waiting.ts'
import { readAttempts, type AttemptEvidence } from './attempt-evidence.ts'
import { jobServiceOf, type AnyJobService } from './job-service-of.ts'
import { story, type CaseRun } from './run-case.ts'

/** How long jobs that have nothing to do may take to end. */
const IDLE_MS = 15_000
/** How long one question to a provider may take. */
const ANSWER_MS = 30_000
const MEND_ANSWER =
  'find() of a provider that has no job yet gives none, observe() says `gone` of a job that is not there, and both wait for an answer where the provider throttles.'

/**
 * Whatever happened to its launches: every step of the run took effect once. Its code began once, one attempt has succeeded,
 * those before it were closed to jobs that come late, and no job is left. `what`: what happened, as findings tell it.
 */
export async function expectOneJobEach(run: CaseRun<unknown>, what: string): Promise<void> {
  const { operator } = run
  const attempts = await readAttempts(run.runId, run)
  const calls = Map.groupBy(attempts, ({ stepRunId }) => stepRunId)
  hold(calls.size > 0, {
    seen: `${what}: nothing of the run is in its store`,
    must: 'a run leaves its attempts there',
    mend: 'create() must return the same artifact store for one place.',
  })
  for (const [stepRunId, own] of calls) {
    const began = own.map((attempt) => attempt.began)
    const total = began.reduce((sum, n) => sum + n, 0)
    hold(total === 1, () => ({
      seen: `${what}: the code of ${stepRunId} began ${total} times (by attempt: ${shown(began)})\n${story(run.events)}`,
      must: 'it begins once: never two jobs run user code for one step',
      mend: operator.capabilities.adopt
        ? 'launch() must find the job of `context.token` before it makes one, and hand on SIDESTEP_NONCE as it is in context.environment.'
        : 'The job must get SIDESTEP_NONCE as it is in context.environment of the launch() that makes it: by it, a job that comes late knows that it has nothing to do.',
    }))
    const successes = own.filter(({ result }) => result?.status === 'succeeded')
    hold(successes.length === 1 && own.at(-1) === successes[0], () => ({
      seen: `${what}: the attempts of ${stepRunId} were decided as ${shown(own.map(summary))}`,
      must: 'the last attempt succeeded, and no other one',
      mend: 'launch() must not reject while its job may still succeed.',
    }))
    hold(!operator.capabilities.adopt || own.length === 1, () => ({
      seen: `${what}: ${stepRunId} took ${own.length} attempts: ${shown(own.map(summary))}`,
      must: 'an operator that declares `adopt` goes on with the attempt that was begun',
      mend: 'Find the job by `context.token` in launch() (in find() of a JobService), or declare `adopt: false`.',
    }))
    for (const earlier of own.slice(0, -1)) {
      hold(earlier.owner !== undefined && 'closed' in earlier.owner, () => ({
        seen: `${what}: attempt ${earlier.attempt} of ${stepRunId} was followed by another one, and is ${shown(summary(earlier))}`,
        must: 'an attempt is closed before the next one begins',
        mend: 'Nothing but the job and core writes `owner.json`.',
      }))
    }
  }
  const service = jobServiceOf(operator)
  if (service !== undefined) await expectNoLiveJob(service, { run, what })
}

function summary({ attempt, owner, result, creates, began }: AttemptEvidence): object {
  return { attempt, owner, result: result?.status, creates: creates.length, began }
}

/** A run that has ended leaves no job that goes on, and no token has two. */
export async function expectNoLiveJob(
  service: AnyJobService,
  { run, what }: { readonly run: Pick<CaseRun<unknown>, 'runId' | 'timeoutFactor'>; readonly what: string },
): Promise<void> {
  const { timeoutFactor } = run
  const jobs = await found(service, { runId: run.runId }, timeoutFactor)
  const byToken = Map.groupBy(jobs, ({ labels }) => labels.token)
  for (const [token, several] of byToken) {
    hold(several.length === 1 || service.secondCreateAfterMs !== undefined, () => ({
      seen: `${what}: find() lists ${several.length} jobs of the token ${token}: ${shown(several.map(({ handle }) => handle))}`,
      must: 'submit() never makes a second job of one token; where the provider cannot promise that, the service says `secondCreateAfterMs`',
      mend: 'Name the job by the token, and take "it exists already" for the answer with its handle.',
    }))
  }
  const until = Date.now() + IDLE_MS * timeoutFactor
  let live = await notEnded(service, jobs, timeoutFactor)
  while (live.length > 0 && Date.now() < until) {
    await sleep(Math.min(service.pollIntervalMs.max, 500))
    live = await notEnded(service, jobs, timeoutFactor)
  }
  hold(live.length === 0, () => ({
    seen: `${what}: the run has ended, and its jobs have not: ${shown(live.map(({ handle }) => handle))}`,
    must: 'no job of a run that has ended is live',
    mend: 'A job must end when its command does, and observe() must say so.',
  }))
}

/** Those of the jobs that the provider does not say have ended. */
export async function notEnded(
  service: AnyJobService,
  jobs: readonly FoundJob<JobHandle>[],
  timeoutFactor: number,
): Promise<readonly FoundJob<JobHandle>[]> {
  if (jobs.length === 0) return []
  const handles = jobs.map(({ handle }) => handle)
  const seen = await observed(service, handles, timeoutFactor)
  return jobs.filter(({ handle }) => {
    const observation = seen.get(handle.id)
    return observation === undefined || (!isTerminal(observation.phase) && observation.gone !== true)
  })
}

/** What the provider says about jobs. Fails where it does not answer. */
export async function observed(
  service: AnyJobService,
  handles: readonly JobHandle[],
  timeoutFactor: number,
): Promise<ReadonlyMap<string, Observation>> {
  const signal = AbortSignal.timeout(ANSWER_MS * timeoutFactor)
  return answered('observe()', async () => service.observe(handles, { signal }))
}

/** The jobs that fit a query. Fails where there is no answer. */
export async function found(
  service: AnyJobService,
  query: JobQuery,
  timeoutFactor: number,
): Promise<readonly FoundJob<JobHandle>[]> {
  const signal = AbortSignal.timeout(ANSWER_MS * timeoutFactor)
  return answered(`find(${shown(query)})`, async () => {
    const jobs: FoundJob<JobHandle>[] = []
    for await (const job of service.find(query, { signal })) jobs.push(job)
    return jobs
  })
}

async function answered<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const answer = await settled(ask())
  hold(!answer.failed, () => ({
    seen: `${what} has rejected: ${shown('error' in answer ? answer.error : '')}`,
    must: 'who asks about jobs is answered, also where there are none',
    mend: MEND_ANSWER,
  }))
  return (answer as { readonly value: T }).value
}
