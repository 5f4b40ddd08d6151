import { followLogs } from '../watch/follow-logs.ts'
import { providerLog, runLogLine, type RunLogLine } from './attempt-log.ts'
import type { KnownJob } from './job-summary.ts'
import { wholeLog, type FollowLogOptions } from './run-feed.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'
import { untilJobEnded } from './until-job-ended.ts'

/**
 * The log of one job, from its beginning; while it is followed, until the job has ended. Rejects with `JOB_FAILED` where
 * its provider gives no answer for two minutes.
 */
export async function* jobLog(job: KnownJob, place: RunsPlace, options: FollowLogOptions): AsyncGenerator<RunLogLine> {
  const { attempt, operator, handle, run } = job
  const { signal, onProblem } = options
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
  const watching = untilJobEnded(job, place, {
    signal: signals,
    ...(onProblem && { onEvent: onProblem }),
  }).finally(() => ended.abort())
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
