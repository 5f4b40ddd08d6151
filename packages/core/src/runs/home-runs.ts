import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { systemClock, type Clock } from '../clock.ts'
import { configError, SidestepError } from '../errors.ts'
import { Journal } from '../journal/journal.ts'
import type { RunEvent } from '../pipeline/run-events.ts'
import { homeFolder } from '../stack/home-folder.ts'
import type { RunLogLine } from './attempt-log.ts'
import { attachRun, readRunAt } from './attach-run.ts'
import { cancelJob, type CancelJobOptions } from './cancel-job.ts'
import { cancelRun, type CancelRunOptions } from './cancel-run.ts'
import { findJob, unknownJob } from './find-job.ts'
import { findRun, noRunYet } from './find-run.ts'
import { glanceAtRuns } from './glance-at-runs.ts'
import { jobLog } from './job-log.ts'
import { describeJob, type JobSummary, type KnownJob } from './job-summary.ts'
import { observeJobs } from './observe-jobs.ts'
import { withItsSign } from './sign-of-job.ts'
import { openJobs } from './open-jobs.ts'
import { findOrphans } from './orphans.ts'
import { reapJob } from './reap-job.ts'
import { knownRun, refreshRun } from './refresh-run.ts'
import { readDetails, type RunDetails } from './run-details.ts'
import { runEvents, runLogs, type FollowLogOptions, type FollowOptions, type LogOptions } from './run-feed.ts'
import { RunStacks } from './run-stacks.ts'
import { hasEnded, summaryOf, type RunSummary } from './run-summary.ts'
import type { JobFilter, RunFilter, Runs, OpenRunsOptions } from './runs.ts'
import type { RunsPlace } from './runs-place.ts'
import { hasJobEnded } from './until-job-ended.ts'

/** The runs of one home folder. Each method finds the run, and leaves the rest to the file that is named like it. */
export class HomeRuns implements Runs {
  readonly home: string
  readonly #stacks: RunStacks
  readonly #clock: Clock
  /** An id means a job only together with the provider's scope: what was found is kept as it was found. */
  readonly #orphans: WeakMap<JobSummary, KnownJob> = new WeakMap()
  #place: Promise<RunsPlace> | undefined

  private constructor(home: string, { stacks, clock }: { readonly stacks: RunStacks; readonly clock: Clock }) {
    this.home = home
    this.#stacks = stacks
    this.#clock = clock
  }

  static async open({
    cwd = process.cwd(),
    packagesFrom = [],
    importModule,
    onSilence,
    clock = systemClock,
  }: OpenRunsOptions): Promise<HomeRuns> {
    const runs = new HomeRuns(homeFolder({ cwd }), {
      stacks: new RunStacks({ cwd, packagesFrom, importModule, onSilence }),
      clock,
    })
    await runs.#journaled()
    return runs
  }

  async list(filter: RunFilter = {}): Promise<readonly RunSummary[]> {
    const place = await this.#journaled()
    if (place === undefined) return []
    const glanced = await glanceAtRuns(await place.journal.runs(filter), place)
    return glanced
      .filter(({ run }) => filter.unfinished === undefined || filter.unfinished !== hasEnded(run))
      .map(({ run, owner }) => summaryOf(run, owner))
  }

  async find(idOrPrefix: string): Promise<RunSummary> {
    const place = await this.#journaled()
    if (place === undefined) throw noRunYet(this.#journalPath)
    return summaryOfFresh((await findRun(idOrPrefix, place.journal)).record.runId, place)
  }

  async details(runId: string): Promise<RunDetails> {
    return readDetails(runId, await this.#placeOf(runId))
  }

  async *events(runId: string, options: FollowOptions = {}): AsyncGenerator<RunEvent> {
    yield* runEvents(runId, await this.#placeOf(runId), options)
  }

  async *logs(runId: string, options: LogOptions = {}): AsyncGenerator<RunLogLine> {
    yield* runLogs(runId, await this.#placeOf(runId), options)
  }

  async attach(uri: string): Promise<RunSummary> {
    const found = await readRunAt(uri, this.#stacks)
    const place = await this.#open()
    return summaryOfFresh(await attachRun(found, place), place)
  }

  async cancel(runId: string, options: CancelRunOptions = {}): Promise<RunSummary> {
    return summaryOf(await cancelRun(runId, await this.#placeOf(runId), options), undefined)
  }

  async jobs(filter: JobFilter = {}): Promise<readonly JobSummary[]> {
    const { orphans = false, runId, signal, onProblem = failWith } = filter
    const place = await this.#journaled()
    if (place === undefined) return []
    const about = { ...(runId === undefined ? {} : { runId }), ...(signal === undefined ? {} : { signal }) }
    if (orphans) {
      const found = await findOrphans(place, { ...about, onProblem })
      for (const { job, summary } of found) this.#orphans.set(summary, job)
      return found.map(({ summary }) => summary)
    }
    const observed = await observeJobs(await openJobs(place, about), about)
    const signed = await Promise.all(observed.map((job) => withItsSign(job, place)))
    return signed
      .filter(({ observation }) => observation === undefined || !hasJobEnded(observation))
      .map(({ job, observation }) => describeJob(job, observation))
  }

  async *jobLogs(jobId: string, options: FollowLogOptions = {}): AsyncGenerator<RunLogLine> {
    const place = await this.#placeOfJob(jobId)
    yield* jobLog(await findJob(jobId, place), place, options)
  }

  async cancelJob(jobId: string, options: CancelJobOptions = {}): Promise<JobSummary> {
    const place = await this.#placeOfJob(jobId)
    return cancelJob(await findJob(jobId, place), place, options)
  }

  async reapJob(orphan: JobSummary, options: CancelJobOptions = {}): Promise<JobSummary> {
    const job = this.#orphans.get(orphan)
    if (job !== undefined) return reapJob(job, await this.#placeOfJob(orphan.id), options)
    throw configError(
      'JOB_UNKNOWN',
      `the job ${orphan.id} was not found as an orphan before`,
      'Give one of those that `jobs({ orphans: true })` resolved to.',
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const place = await this.#place?.catch(() => undefined)
    place?.journal.close()
  }

  get #journalPath(): string {
    return join(this.home, 'journal.db')
  }

  /** Where the project has a journal. Who only looks makes none. */
  async #journaled(): Promise<RunsPlace | undefined> {
    return this.#place !== undefined || existsSync(this.#journalPath) ? this.#open() : undefined
  }

  async #placeOf(runId: string): Promise<RunsPlace> {
    const place = await this.#journaled()
    if (place === undefined) throw noRunYet(this.#journalPath)
    await knownRun(runId, place)
    return place
  }

  async #placeOfJob(jobId: string): Promise<RunsPlace> {
    const place = await this.#journaled()
    if (place === undefined) throw unknownJob(jobId, this.#journalPath)
    return place
  }

  /** Once: makes the journal where there is none. */
  #open(): Promise<RunsPlace> {
    this.#place ??= Journal.open(this.home).then(
      (journal) => ({ journal, home: this.home, stacks: this.#stacks, clock: this.#clock, random: Math.random }),
      (error: unknown) => {
        this.#place = undefined
        throw error
      },
    )
    return this.#place
  }
}

async function summaryOfFresh(runId: string, place: RunsPlace): Promise<RunSummary> {
  const { run, owner } = await refreshRun(runId, place)
  return summaryOf(run, owner)
}

function failWith(problem: string): never {
  throw new SidestepError(problem, {
    code: 'STACK_INVALID',
    kind: 'config',
    hint: 'Install what is missing; jobs of the other operators are not shown before.',
  })
}
