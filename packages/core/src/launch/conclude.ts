import { hintOfExit } from '../entrypoint/job-exit.ts'
import { messageOf } from '../errors.ts'
import type { JobHandle } from '../operator/job-service.ts'
import type { Observation } from '../operator/phases.ts'
import { hasLogLines } from '../watch/follow-logs.ts'
import type { Ending } from './end-job.ts'
import { launchError } from './launch-error.ts'
import type { WatchedJob } from './watched-job.ts'

/** Lines of the provider's own log that an error carries. */
const PROVIDER_LINES = 20

/** Turns the provider's last word into the launch's end. */
export async function conclude<Handle extends JobHandle>(
  job: WatchedJob<Handle>,
  observation: Observation,
  ending: Ending | undefined,
): Promise<void> {
  const { phase, reason, exitCode } = observation
  if (phase === 'succeeded') return
  const providersLines = (await hasOwnLines(job)) ? [] : await providerLines(job)
  const { handle } = job
  const { consoleUrl } = handle
  const failure = {
    handle,
    ...(consoleUrl === undefined ? {} : { consoleUrl }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(providersLines.length === 0 ? {} : { lastLogLines: providersLines }),
  }
  if (ending !== undefined) throw launchError(ending.kind, ending.reason, { job: failure })
  const kind = observation.kind ?? (phase === 'stopped' ? 'stopped' : phase === 'expired' ? 'capacity' : 'infra')
  const hint = observation.hint ?? hintOfExit(exitCode)
  const gone = observation.gone === true ? 'the provider no longer knows its job' : `its job ended as ${phase}`
  throw launchError(kind, reason ?? gone, { job: failure, ...(hint === undefined ? {} : { hint }) })
}

/**
 * Whether the job has left lines of its own: the report shows those, and a thousand jobs that end at once cost the provider's
 * quota nothing.
 */
async function hasOwnLines<Handle extends JobHandle>({ info, context }: WatchedJob<Handle>): Promise<boolean> {
  try {
    return await hasLogLines(info, context.artifactStore)
  } catch (error) {
    context.report({ type: 'warning', message: `its log could not be read: ${messageOf(error)}` })
    return false
  }
}

/** The end of the provider's own log, where there is one. That it cannot be read must not hide why the job failed. */
async function providerLines<Handle extends JobHandle>({
  handle,
  service,
  hasLogs,
  context,
}: WatchedJob<Handle>): Promise<readonly string[]> {
  if (!hasLogs) return []
  let lines: readonly string[] = []
  // For all pages together: where each says that there is more, the launch has to come to its end all the same.
  const signal = AbortSignal.timeout(service.createTimeoutMs)
  try {
    let cursor: string | undefined
    for (let more = true; more;) {
      const page = await service.logs(handle, cursor, { signal })
      lines = [...lines, ...page.lines].slice(-PROVIDER_LINES)
      cursor = page.cursor
      more = page.more
    }
    return lines
  } catch (error) {
    const end = lines.length === 0 ? '' : ' to its end'
    context.report({ type: 'warning', message: `the provider's log could not be read${end}: ${messageOf(error)}` })
    return lines
  }
}
