import { isTerminal } from '../operator/phases.ts'
import { followLogs } from '../watch/follow-logs.ts'
import { providerLog, runLogLine, type RunLogLine } from './attempt-log.ts'
import type { KnownJob } from './job-summary.ts'
import { observeJobs } from './observe-jobs.ts'
import { wholeLog, type FollowOptions } from './run-feed.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'

/** Between two looks at whether a job that is followed has ended, in milliseconds. */
const LOOK_MS = 2_000

/** The log of one job, from its beginning; while it is followed, until the job has ended. */
export async function* jobLog(job: KnownJob, place: RunsPlace, options: FollowOptions): AsyncGenerator<RunLogLine> {
  const { attempt, operator, handle, run } = job
  const { signal } = options
  if (run === undefined) {
    if (operator !== undefined && handle !== undefined) {
      yield* providerLog(attempt, { operator, handle }, { clock: place.clock, ...(signal && { signal }) })
    }
    return
  }
  const canEnd = operator !== undefined && handle !== undefined && serviceOf(operator) !== undefined
  if (options.follow !== true || !canEnd) {
    yield* wholeLog(attempt, place, { signal })
    return
  }
  const { clock, stacks } = place
  const store = await stacks.store(run)
  const left = new AbortController()
  const signals = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal])
  const ended = new AbortController()
  const watching = untilEnded(job, place, signals).finally(() => ended.abort())
  watching.catch(() => undefined)
  let lines = 0
  try {
    for await (const line of followLogs(attempt, { store, clock, ended: ended.signal, signal: signals })) {
      lines += 1
      yield runLogLine(attempt, line)
    }
    await watching
  } finally {
    left.abort()
  }
  if (lines === 0) yield* wholeLog(attempt, place, { signal })
}

async function untilEnded(job: KnownJob, { clock }: RunsPlace, signal: AbortSignal): Promise<void> {
  while (true) {
    const [observed] = await observeJobs([job], { signal })
    const observation = observed?.observation
    if (observation !== undefined && (isTerminal(observation.phase) || observation.gone === true)) return
    await clock.sleep(LOOK_MS, { signal })
  }
}
