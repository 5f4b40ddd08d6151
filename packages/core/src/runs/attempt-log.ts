import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { latestIncarnation } from '../artifact/latest-incarnation.ts'
import { logChunkKey, type MachineKey } from '../artifact/layout.ts'
import { linesOfChunk } from '../artifact/log-chunk.ts'
import type { LogLine } from '../artifact/manifest.ts'
import type { Clock } from '../clock.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { JobHandle } from '../operator/job-service.ts'
import { Patience } from './patience.ts'
import { serviceOf } from './service-of.ts'

/** A line of a job's log. */
export interface RunLogLine {
  /** Names the call of the step in its run. */
  readonly stepRunId: string
  /** As `step()` was given it. */
  readonly stepName: string
  /** From 1. */
  readonly attempt: number
  /** Counts from 1 within one start of the job's process. */
  readonly n: number
  /** ISO 8601: when the line was read from the step; of a provider's line, when it was read from the provider. */
  readonly at: string
  /** `provider`: what the provider kept of a job that has no log of its own. */
  readonly stream: 'stdout' | 'stderr' | 'provider'
  /** Without the line end. */
  readonly text: string
  /** True where the line goes on in the next one: lines longer than 64 KiB are cut. */
  readonly partial?: true
}

/** Whose log it is. */
export type LoggedAttempt = MachineKey & { readonly stepName: string }

/** Makes a line of a job's log one of its run's. */
export function runLogLine({ stepRunId, stepName, attempt }: LoggedAttempt, line: LogLine): RunLogLine {
  return { stepRunId, stepName, attempt, ...line }
}

/** What there is now of the log that the last start of the job's process wrote. */
export async function* attemptLog(
  attempt: LoggedAttempt,
  store: ArtifactStore,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<RunLogLine> {
  const call = signal === undefined ? {} : { signal }
  const incarnation = await latestIncarnation(attempt, store)
  for (let n = 1; ; n += 1) {
    const key = logChunkKey({ ...attempt, incarnation }, n)
    const bytes = await store.get(key, call)
    if (bytes === undefined) return
    for (const line of linesOfChunk(bytes, `${store.uri}/${key}`)) yield runLogLine(attempt, line)
  }
}

/** What the provider kept of a job's output, where it keeps any. */
export async function* providerLog(
  attempt: LoggedAttempt,
  job: { readonly operator: BaseStepOperator<any, any>; readonly handle: object },
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): AsyncGenerator<RunLogLine> {
  const service = serviceOf(job.operator)
  if (service === undefined || !job.operator.capabilities.logs) return
  const { stepRunId, stepName } = attempt
  let n = 0
  let cursor: string | undefined
  for (let more = true; more;) {
    using patience = new Patience(service.createTimeoutMs, signal)
    const page = await service.logs(job.handle as JobHandle, cursor, { signal: patience.signal })
    const at = clock.date().toISOString()
    for (const text of page.lines) {
      n += 1
      yield { stepRunId, stepName, attempt: attempt.attempt, n, at, stream: 'provider', text }
    }
    ;({ cursor, more } = page)
  }
}
