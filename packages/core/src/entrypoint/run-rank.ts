import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { StepOperatorRuntime } from '../flavor/runtime.ts'
import { childEnvironment } from './child-environment.ts'
import { JOB_EXIT } from './job-exit.ts'
import type { JobSpec } from './job-spec.ts'
import { LogWriter } from './log-writer.ts'
import { takeIncarnation } from './ownership.ts'
import { RankReport, type RankStatus } from './rank-report.ts'
import type { Cluster } from './rank-record.ts'
import { redactError } from './redact.ts'
import { runBody } from './run-body.ts'
import { stopAlsoFor, type Stop } from './stop.ts'

/**
 * Runs the step's body on another machine than the first, tells that one how it went, and stays until the attempt is
 * decided: some providers end all of a job as soon as one machine has ended. Resolves to the exit code.
 */
export async function runRank(
  spec: JobSpec,
  stop: Stop,
  options: {
    readonly uri: string
    readonly store: ArtifactStore
    readonly runtime: StepOperatorRuntime
    readonly cluster: Cluster
  },
): Promise<number> {
  const { uri, store, runtime, cluster } = options
  const { rank } = cluster
  const incarnation = await takeIncarnation({ ...spec, rank }, store, stop)
  const report = new RankReport(spec, rank, store)
  await report.begin()
  try {
    const { redact, environment, failure: unprepared } = await childEnvironment(spec, runtime)
    const logs = new LogWriter({ key: { ...spec, incarnation, rank }, store, redact })
    const body = { spec, uri, store, incarnation, environment, folder: process.cwd(), logs, ...cluster }
    const { failure } = unprepared ?? (await runBody({ ...body, stop: stopAlsoFor(stop, report.decided) }))
    if (stop.received !== undefined) return JOB_EXIT.interrupted
    const status: RankStatus =
      failure === undefined
        ? { status: 'succeeded' }
        : {
            status: 'failed',
            failure: { ...failure, error: redactError(failure.error, redact) },
            lastLogLines: logs.tail,
          }
    await report.tell(status)
    const decided = await Promise.race([report.decided, stop.requested])
    if (typeof decided === 'string') return JOB_EXIT.interrupted
    return decided.status === 'succeeded' ? JOB_EXIT.succeeded : JOB_EXIT.failed
  } finally {
    report.end()
  }
}
