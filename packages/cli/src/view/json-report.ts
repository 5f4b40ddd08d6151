import { inspect } from 'node:util'
import type { JobProcess, JobUsage, PhaseDuration } from '@sidestep/core'
import { codeOf, messageOf } from '@sidestep/core/project'
import { errorChain, hintOf, kindOf } from './error-chain.ts'
import { isJsonSafe } from './json-safe.ts'
import type { RunModel, RunStatus } from './run-model.ts'
import type { StepState } from './step-state.ts'

/** An error as `--output json` tells it. */
export interface JsonError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly kind?: string
  readonly hint?: string
  /** Label of the step that failed, as in `steps`. */
  readonly step?: string
  readonly stack?: string
  readonly cause?: JsonError
}

/** One step run. */
export interface JsonStep {
  /** Its name, with a number where a step was called again: `train`, `train#2`. */
  readonly label: string
  readonly name: string
  readonly stepRunId: string
  /** Its name in the stack; `null` where the step ran in the CLI's process. */
  readonly operator: string | null
  readonly status: StepState['status']
  readonly cached: boolean
  /** The result was there from before: nothing ran. */
  readonly kept: boolean
  readonly durationMs: number | null
  readonly phases: readonly PhaseDuration[]
  readonly process: JobProcess | null
  readonly attempts: readonly {
    readonly number: number
    readonly status: string
    readonly image?: string
    readonly consoleUrl?: string
    readonly usage?: JobUsage
    readonly error?: JsonError
  }[]
  readonly error?: JsonError
}

/** The one document that `sidestep run --output json` writes to stdout. */
export interface JsonReport {
  /** `null` where the run never began. */
  readonly runId: string | null
  readonly pipeline: string | null
  readonly stack: string | null
  /** `interrupted`, `silent`: of a run that is followed, whose launcher is gone, or has not been heard of. */
  readonly status: RunStatus | 'interrupted' | 'silent'
  readonly durationMs: number | null
  /** What the pipeline returned, where JSON can hold it. */
  readonly result?: unknown
  /** What the pipeline returned as Node shows it, where JSON cannot hold it. */
  readonly resultText?: string
  readonly error?: JsonError
  readonly warnings: readonly string[]
  readonly steps: readonly JsonStep[]
}

/** How a run ended, for {@link jsonReport}. */
export type RunOutcome =
  | { readonly result: unknown }
  /** A result as Node shows it, where nothing else of it is left. */
  | { readonly resultText: string }
  | { readonly error: unknown }
  | { readonly unfinished: 'interrupted' | 'silent' }

export function jsonReport(model: RunModel, outcome: RunOutcome, options: { readonly verbose: boolean }): JsonReport {
  return {
    runId: orNull(model.runId),
    pipeline: orNull(model.pipeline),
    stack: orNull(model.stack),
    status: statusOf(model, outcome),
    durationMs: rounded(model.durationMs),
    ...('error' in outcome ? { error: jsonError(outcome.error, options, model) } : {}),
    ...('result' in outcome ? jsonResult(outcome.result) : {}),
    ...('resultText' in outcome ? { resultText: outcome.resultText } : {}),
    warnings: model.warnings,
    steps: model.steps.map((step) => jsonStep(step, options)),
  }
}

/** A run that was cancelled because of an error has failed by it. */
function statusOf(model: RunModel, outcome: RunOutcome): JsonReport['status'] {
  if ('unfinished' in outcome) return outcome.unfinished
  if (!('error' in outcome)) return model.status
  return codeOf(outcome.error) === 'RUN_CANCELLED' ? 'cancelled' : 'failed'
}

function jsonResult(result: unknown): Pick<JsonReport, 'result' | 'resultText'> {
  if (result === undefined) return { result: null }
  return isJsonSafe(result) ? { result } : { resultText: inspect(result, { depth: 10 }) }
}

/** One step of the document. */
export function jsonStep(step: StepState, options: { readonly verbose: boolean }): JsonStep {
  return {
    label: step.label,
    name: step.name,
    stepRunId: step.stepRunId,
    operator: step.operator ?? null,
    status: step.status,
    cached: step.cached,
    kept: step.kept,
    durationMs: rounded(step.durationMs),
    phases: step.phases.map(({ phase, durationMs }) => ({ phase, durationMs: Math.round(durationMs) })),
    process: step.process ?? null,
    attempts: step.attempts.map(({ number, status, image, consoleUrl, usage, error }) => ({
      number,
      status,
      ...(image === undefined ? {} : { image }),
      ...(consoleUrl === undefined ? {} : { consoleUrl }),
      ...(usage === undefined ? {} : { usage }),
      ...(error === undefined ? {} : { error: jsonError(error, options) }),
    })),
    ...(step.error === undefined ? {} : { error: jsonError(step.error, options) }),
  }
}

/** An error and its causes as JSON. With the model, the step that failed by it too. */
export function jsonError(error: unknown, options: { readonly verbose: boolean }, model?: RunModel): JsonError {
  const chain = errorChain(error)
  const step = model?.failedBy(chain)
  const links = chain.map((link) => linkOf(link, options.verbose))
  const whole = links.reduceRight(
    (cause: JsonError | undefined, link) => ({ ...link, ...(cause && { cause }) }),
    undefined,
  )
  return { ...(whole ?? { name: 'Error', message: messageOf(error) }), ...(step && { step: step.label }) }
}

function linkOf(link: unknown, verbose: boolean): JsonError {
  const name = link instanceof Error ? link.name : 'thrown'
  const stack = link instanceof Error && verbose ? link.stack : undefined
  const code = codeOf(link)
  const kind = kindOf(link)
  const hint = hintOf(link)
  return {
    name,
    message: messageOf(link),
    ...(code && { code }),
    ...(kind && { kind }),
    ...(hint && { hint }),
    ...(stack && { stack }),
  }
}

function rounded(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.round(milliseconds)
}

function orNull(text: string): string | null {
  return text === '' ? null : text
}
