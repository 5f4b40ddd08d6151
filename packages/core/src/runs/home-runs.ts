import { concurrently } from '../artifact/concurrently.ts'
import { systemClock } from '../clock.ts'
import { SidestepError } from '../errors.ts'
import { Journal } from '../journal/journal.ts'
import type { RunEvent } from '../pipeline/run-events.ts'
import { homeFolder } from '../stack/home-folder.ts'
import type { RunLogLine } from './attempt-log.ts'
import { attachRun } from './attach-run.ts'
import { cancelJob } from './cancel-job.ts'
import { cancelRun, type CancelRunOptions } from './cancel-run.ts'
import { findJob } from './find-job.ts'
import { findRun } from './find-run.ts'
import { jobLog } from './job-log.ts'
import { describeJob, type JobSummary } from './job-summary.ts'
import { observeJobs } from './observe-jobs.ts'
import { openJobs } from './open-jobs.ts'
import { findOrphans } from './orphans.ts'
import { refreshRun } from './refresh-run.ts'
import { readDetails, type RunDetails } from './run-details.ts'
import { runEvents, runLogs, type FollowOptions, type LogOptions } from './run-feed.ts'
import { knownOwner } from './run-owners.ts'
import { RunStacks } from './run-stacks.ts'
import { hasEnded, summaryOf, type RunSummary } from './run-summary.ts'
import type { JobFilter, RunFilter, Runs, OpenRunsOptions } from './runs.ts'
import type { RunsPlace } from './runs-place.ts'

const AT_ONCE = 16

/** The runs of one home folder. Each method finds the run, and leaves the rest to the file that is named like it. */
export class HomeRuns implements Runs {
  readonly #place: RunsPlace

  private constructor(place: RunsPlace) {
    this.#place = place
  }

  static async open({
    cwd = process.cwd(),
    packagesFrom = [],
    clock = systemClock,
  }: OpenRunsOptions): Promise<HomeRuns> {
    const home = homeFolder({ cwd })
    const journal = await Journal.open(home)
    const stacks = new RunStacks({ cwd, packagesFrom })
    return new HomeRuns({ journal, home, stacks, clock, random: Math.random })
  }

  get home(): string {
    return this.#place.home
  }

  async list(filter: RunFilter = {}): Promise<readonly RunSummary[]> {
    const runs = await this.#place.journal.runs(filter)
    return concurrently(runs, AT_ONCE, async (run) =>
      summaryOf(run, hasEnded(run) ? undefined : await knownOwner(run, this.#place)),
    )
  }

  async find(idOrPrefix: string): Promise<RunSummary> {
    return this.#summary(await this.#id(idOrPrefix))
  }

  async details(runId: string): Promise<RunDetails> {
    return readDetails(await this.#id(runId), this.#place)
  }

  async *events(runId: string, options: FollowOptions = {}): AsyncGenerator<RunEvent> {
    yield* runEvents(await this.#id(runId), this.#place, options)
  }

  async *logs(runId: string, options: LogOptions = {}): AsyncGenerator<RunLogLine> {
    yield* runLogs(await this.#id(runId), this.#place, options)
  }

  async attach(uri: string): Promise<RunSummary> {
    return this.#summary(await attachRun(uri, this.#place))
  }

  async cancel(runId: string, options: CancelRunOptions = {}): Promise<RunSummary> {
    return summaryOf(await cancelRun(await this.#id(runId), this.#place, options), undefined)
  }

  async jobs(filter: JobFilter = {}): Promise<readonly JobSummary[]> {
    const { orphans = false, runId, signal, onProblem = failWith } = filter
    const about = { ...(runId === undefined ? {} : { runId }), ...(signal === undefined ? {} : { signal }) }
    if (orphans) return (await findOrphans(this.#place, { ...about, onProblem })).map(({ summary }) => summary)
    const observed = await observeJobs(await openJobs(this.#place, about), about)
    return observed.map(({ job, observation }) => describeJob(job, observation))
  }

  async *jobLogs(jobId: string, options: FollowOptions = {}): AsyncGenerator<RunLogLine> {
    yield* jobLog(await findJob(jobId, this.#place), this.#place, options)
  }

  async cancelJob(jobId: string, options: { readonly signal?: AbortSignal } = {}): Promise<JobSummary> {
    return cancelJob(await findJob(jobId, this.#place), this.#place, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#place.journal.close()
  }

  async #id(idOrPrefix: string): Promise<string> {
    return (await findRun(idOrPrefix, this.#place.journal)).record.runId
  }

  async #summary(runId: string): Promise<RunSummary> {
    const { run, owner } = await refreshRun(runId, this.#place)
    return summaryOf(run, owner)
  }
}

function failWith(problem: string): never {
  throw new SidestepError(problem, {
    code: 'STACK_INVALID',
    kind: 'config',
    hint: 'Install what is missing; jobs of the other operators are not shown before.',
  })
}
