import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { heartbeatKey, runKey } from '../artifact/layout.ts'
import { readJson } from '../artifact/stored-json.ts'
import { messageOf } from '../errors.ts'
import type { JournalRun } from '../journal/journal.ts'
import { readOwner } from '../journal/owner.ts'
import { formatDuration } from '../units.ts'
import { latestIncarnation } from '../artifact/latest-incarnation.ts'
import { describeJob, startOf, type JobSummary, type KnownJob } from './job-summary.ts'
import { observeJobs, type ObservedJob } from './observe-jobs.ts'
import { operatorsOfRuns, type OperatorOfRuns } from './operators-of-runs.ts'
import { Patience } from './patience.ts'
import { readEnd } from '../pipeline/take-run.ts'
import { describeOwner } from './run-owners.ts'
import { hasEnded } from './run-summary.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'
import { hasJobEnded } from './until-job-ended.ts'
import { createdAtOf } from './stored-handle.ts'

/** A job beats every 30 seconds: one that misses two beats is silent, in milliseconds. So young a job has none yet. */
const SILENCE_MS = 90_000

/** A job that nobody looks after. */
export interface Orphan {
  readonly job: KnownJob
  readonly summary: JobSummary
}

export interface FindOrphansOptions {
  readonly runId?: string
  readonly signal?: AbortSignal
  /** Told of an operator whose jobs could not be listed, and why. */
  readonly onProblem: (text: string) => void
}

/**
 * Live jobs of this journal whose run has no live launcher, and that give no sign of life themselves: asked of every
 * operator that a run of the journal had jobs on, or may get them on, so that jobs are found that the journal forgot.
 */
export async function findOrphans(
  place: RunsPlace,
  { runId, signal, onProblem }: FindOrphansOptions,
): Promise<readonly Orphan[]> {
  const runs = await place.journal.runs()
  const found = new Map<string, KnownJob>()
  for (const operator of operatorsOfRuns(runs, await place.journal.attempts())) {
    try {
      const jobs = await jobsOf({ ...operator, runId, signal }, runs, place)
      for (const job of jobs) found.set(`${job.scope} ${job.id}`, job)
    } catch (error) {
      signal?.throwIfAborted()
      const text = whyUnasked(operator, error)
      if (text !== undefined) onProblem(text)
    }
  }
  const live = (await observeJobs([...found.values()], signal === undefined ? {} : { signal })).filter(
    ({ observation }) => observation !== undefined && !hasJobEnded(observation),
  )
  const orphans: Orphan[] = []
  for (const observed of live) {
    const because = await whyOrphan(observed, runs, place)
    if (because === undefined) continue
    orphans.push({
      job: observed.job,
      summary: { ...describeJob(observed.job, observed.observation), orphan: { because } },
    })
  }
  return orphans
}

/**
 * What is told of an operator that could not be asked: which run it may have a job of, and what to do. Nothing where all
 * jobs of its runs are known to have ended: then it is asked for what the journal forgot, and need not answer.
 */
function whyUnasked({ name, described, open }: OperatorOfRuns, error: unknown): string | undefined {
  const [run, ...more] = open.map(({ record }) => record.runId)
  if (run === undefined) return undefined
  const others = more.length === 0 ? '' : ` and ${more.length} more`
  const unended = open.find((one) => !hasEnded(one))?.record.runId
  const next =
    unended === undefined
      ? `\`sidestep runs show ${run}\` tells of its jobs: make the operator reachable again to see what became of them`
      : `\`sidestep runs resume ${unended}\` goes on with it, \`sidestep runs cancel ${unended}\` ends it`
  const which = `the jobs of the step operator ${name} (${described.flavor}) of the run ${run}${others}`
  return `${which} could not be listed: ${messageOf(error)}; ${next}`
}

async function jobsOf(
  {
    name,
    described,
    run,
    runId,
    signal,
  }: OperatorOfRuns & { readonly runId: string | undefined; readonly signal: AbortSignal | undefined },
  runs: readonly JournalRun[],
  { stacks, journal }: RunsPlace,
): Promise<readonly (KnownJob & { readonly scope: string })[]> {
  const operator = await stacks.operatorOf(described, run, name)
  const service = serviceOf(operator)
  if (service === undefined) return []
  const { scope } = service
  const jobs: (KnownJob & { readonly scope: string })[] = []
  using patience = new Patience(service.createTimeoutMs, signal)
  const query = { journalId: journal.id, live: true, ...(runId === undefined ? {} : { runId }) }
  for await (const { handle, labels } of service.find(query, { signal: patience.signal })) {
    patience.renew()
    const owner = runs.find(({ record }) => record.runId === labels.runId)
    const key = { runId: labels.runId, stepRunId: labels.stepRunId, attempt: labels.attempt }
    const known = (await journal.attempts({ runId: labels.runId })).find(
      (attempt) => attempt.key.stepRunId === key.stepRunId && attempt.key.attempt === key.attempt,
    )
    jobs.push({
      scope,
      id: handle.id,
      attempt: { ...key, stepName: known?.stepName ?? key.stepRunId },
      operatorName: known?.operator ?? name,
      flavor: described.flavor,
      operator,
      handle,
      ...(owner === undefined ? {} : { run: owner }),
      ...(known === undefined ? {} : { startedAt: createdAtOf(known) }),
    })
  }
  return jobs
}

/**
 * Why a live job is thought to be nobody's; `undefined` where somebody looks after it, or it looks after itself. `runs` are
 * those of the journal.
 */
export async function whyOrphan(
  { job, observation }: ObservedJob,
  runs: readonly JournalRun[],
  place: RunsPlace,
): Promise<string | undefined> {
  const now = place.clock.date()
  const startedAt = startOf(job, observation)
  const ageMs = startedAt === undefined ? Number.POSITIVE_INFINITY : now.getTime() - Date.parse(startedAt)
  if (ageMs < SILENCE_MS) return undefined
  const store = await storeOf(job, runs, place)
  if (store === undefined) return 'its run is in no journal and no artifact store that is known here'
  const launcher = await whyUnowned(job.attempt.runId, store, now)
  if (launcher === undefined) return undefined
  const silence = await whySilent(job, store, { now, ageMs })
  return silence === undefined ? undefined : `${launcher}, and ${silence}`
}

/** The store that keeps the job's run: one of a known run, where the journal forgot its own. */
async function storeOf(
  { run, attempt }: KnownJob,
  runs: readonly JournalRun[],
  { stacks }: RunsPlace,
): Promise<ArtifactStore | undefined> {
  if (run !== undefined) return stacks.store(run)
  const stores = new Map(runs.map((known) => [known.storeUri, known]))
  for (const known of stores.values()) {
    const store = await stacks.store(known)
    if ((await store.stat(runKey(attempt.runId))) !== undefined) return store
  }
  return undefined
}

async function whyUnowned(runId: string, store: ArtifactStore, now: Date): Promise<string | undefined> {
  const found = await readOwner(runId, store)
  if (found === undefined) return 'no launcher owns its run'
  const end = await readEnd(runId, found.record.n, store)
  if (end !== undefined) return `its run has ${end.status === 'cancelled' ? 'been cancelled' : end.status}`
  const { n, pid, host, state, lastHeardAt, at } = describeOwner(found, now)
  if (state === 'alive') return undefined
  const who = `launcher ${n} of its run (process ${pid} on ${host})`
  return state === 'gone' ? `${who} is gone` : `${who} was last heard of at ${lastHeardAt ?? at}`
}

async function whySilent(
  { attempt }: KnownJob,
  store: ArtifactStore,
  { now, ageMs }: { readonly now: Date; readonly ageMs: number },
): Promise<string | undefined> {
  const key = heartbeatKey({ ...attempt, incarnation: await latestIncarnation(attempt, store) })
  const beat = (await readJson(store, key)) as { readonly at?: unknown } | undefined
  if (beat === undefined) {
    const age = Number.isFinite(ageMs) ? ` in ${formatDuration(ageMs)}` : ''
    return `it has given no sign of life${age}`
  }
  const { at } = beat
  const silentMs = typeof at === 'string' ? now.getTime() - Date.parse(at) : Number.POSITIVE_INFINITY
  // By the clocks of two machines, which may differ: a sign from the future is one.
  if (silentMs < SILENCE_MS) return undefined
  return `its last sign of life was at ${String(at)}`
}
