import type { JobSummary, RunDetails, RunEndError, RunSummary } from '@sidestep/core'
import { jsonStep, type JsonError, type JsonStep } from './json-report.ts'
import type { RunModel } from './run-model.ts'

/** A run as listings write it: every field is there, `null` where nothing is known. */
export interface JsonRun {
  readonly runId: string
  readonly pipeline: string
  readonly stack: string
  readonly state: RunSummary['state']
  readonly startedAt: string
  readonly endedAt: string | null
  readonly durationMs: number | null
  readonly storeUri: string
  readonly module: string | null
  readonly projectFolder: string | null
  readonly owner: RunSummary['owner'] | null
  readonly error: JsonError | null
  readonly result?: unknown
  readonly resultText?: string
}

export function jsonRun(run: RunSummary): JsonRun {
  return {
    runId: run.runId,
    pipeline: run.pipeline,
    stack: run.stack,
    state: run.state,
    startedAt: run.startedAt,
    endedAt: run.endedAt ?? null,
    durationMs: run.durationMs === undefined ? null : Math.round(run.durationMs),
    storeUri: run.storeUri,
    module: run.module ?? null,
    projectFolder: run.projectFolder ?? null,
    owner: run.owner ?? null,
    error: run.error === undefined ? null : jsonEndError(run.error),
    ...(run.result === undefined ? {} : { result: run.result }),
    ...(run.resultText === undefined ? {} : { resultText: run.resultText }),
  }
}

/** The whole story of a run: `sidestep runs show --output json`. */
export interface JsonRunDetails extends JsonRun {
  readonly launchers: readonly {
    readonly n: number
    readonly host: string
    readonly pid: number
    readonly at: string
  }[]
  readonly ends: readonly {
    readonly n: number
    readonly status: string
    readonly at: string
    readonly durationMs: number
    readonly error: JsonError | null
  }[]
  readonly warnings: readonly string[]
  readonly steps: readonly (JsonStep & { readonly artifacts: readonly JsonArtifact[] })[]
}

/** One stored output of a step. */
export type JsonArtifact = RunDetails['steps'][number]['artifacts'][number]

export function jsonRunDetails(
  details: RunDetails,
  model: RunModel,
  options: { readonly verbose: boolean },
): JsonRunDetails {
  const artifacts = new Map(details.steps.map((step) => [step.stepRunId, step.artifacts]))
  return {
    ...jsonRun(details),
    launchers: details.launchers.map(({ n, machine, process, at }) => ({
      n,
      host: machine.host,
      pid: process.pid,
      at,
    })),
    ends: details.ends.map(({ n, status, at, durationMs, error }) => ({
      n,
      status,
      at,
      durationMs: Math.round(durationMs),
      error: error === undefined ? null : jsonEndError(error),
    })),
    // Each launcher of the run may have warned of the same.
    warnings: [...new Set(model.warnings)],
    steps: model.steps.map((step) => ({ ...jsonStep(step, options), artifacts: artifacts.get(step.stepRunId) ?? [] })),
  }
}

/** A job as listings write it. */
export function jsonJob(job: JobSummary): Readonly<Record<string, unknown>> {
  return {
    id: job.id,
    runId: job.runId,
    stepRunId: job.stepRunId,
    step: job.stepName,
    attempt: job.attempt,
    operator: job.operator,
    flavor: job.flavor,
    phase: job.phase ?? null,
    providerState: job.providerState ?? null,
    startedAt: job.startedAt ?? null,
    consoleUrl: job.consoleUrl ?? null,
    handle: job.handle ?? null,
    orphan: job.orphan ?? null,
    problem: job.problem ?? null,
  }
}

function jsonEndError({ name, message, code, kind, hint, cause }: RunEndError): JsonError {
  return {
    name,
    message,
    ...(code && { code }),
    ...(kind && { kind }),
    ...(hint && { hint }),
    ...(cause && { cause: jsonEndError(cause) }),
  }
}
