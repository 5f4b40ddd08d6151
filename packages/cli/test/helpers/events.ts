import { SidestepError, type JobProcess, type Phase, type RunEvent } from '@sidestep/core'

const START = Date.parse('2026-11-21T10:00:00.000Z')

/** ISO 8601, so many milliseconds after the start of every hand-written run. */
export function at(milliseconds: number): string {
  return new Date(START + milliseconds).toISOString()
}

/** Milliseconds since the epoch, like {@link at}. */
export function clock(milliseconds: number): number {
  return START + milliseconds
}

export function runStarted({ launcher = 1, ms = 0 } = {}): RunEvent {
  return {
    type: 'run.started',
    at: at(ms),
    runId: 'run1',
    pipeline: 'penguins',
    stack: 'default',
    storeUri: 'file:///project/.sidestep/store',
    launcher,
  }
}

/** Where every hand-written job ran. */
export const jobProcess: JobProcess = {
  host: 'machine',
  pid: 4711,
  startedAt: at(200),
  nodeVersion: 'v24.21.0',
  module: '/project/.sidestep/jobs/abc/step.mjs',
  folder: '/project/.sidestep/jobs/abc',
}

/** Names one step run in {@link stepEvents}. */
export interface StepName {
  readonly id: string
  readonly name: string
  readonly operator?: string
}

/** The events of one step, one by one. */
export function stepEvents({ id, name, operator }: StepName) {
  const step = { stepRunId: id, stepName: name }
  return {
    started: (ms = 0): RunEvent => ({ type: 'step.started', at: at(ms), ...step, ...(operator && { operator }) }),
    attempt: (attempt = 1, ms = 0): RunEvent => ({ type: 'attempt.started', at: at(ms), ...step, attempt }),
    phase: (phase: Phase, ms = 0, providerState?: string): RunEvent => ({
      type: 'attempt.phase',
      at: at(ms),
      ...step,
      attempt: 1,
      phase,
      ...(providerState && { providerState }),
    }),
    handle: (handle: object, attempt = 1): RunEvent => ({
      type: 'attempt.handle',
      at: at(0),
      ...step,
      attempt,
      handle,
    }),
    log: (text: string): RunEvent => ({ type: 'log', at: at(0), ...step, attempt: 1, stream: 'stdout', text }),
    ended: (
      options: { error?: SidestepError; willRetry?: boolean; detached?: true; attempt?: number } = {},
    ): RunEvent => ({
      type: 'attempt.ended',
      at: at(0),
      ...step,
      attempt: options.attempt ?? 1,
      willRetry: options.willRetry ?? false,
      ...(options.error && { error: options.error }),
      ...(options.detached && { detached: options.detached }),
    }),
    succeeded: (durationMs = 1_200, cached = false): RunEvent => ({
      type: 'step.succeeded',
      at: at(durationMs),
      ...step,
      durationMs,
      cached,
      phases: [
        { phase: 'queued', durationMs: 200 },
        { phase: 'running', durationMs: durationMs - 200 },
      ],
      ...(operator && {
        process: jobProcess,
      }),
    }),
    kept: (ms = 3): RunEvent => ({
      type: 'step.succeeded',
      at: at(ms),
      ...step,
      durationMs: 3,
      cached: false,
      kept: true,
      phases: [],
    }),
    failed: (error: SidestepError, durationMs = 900): RunEvent => ({
      type: 'step.failed',
      at: at(durationMs),
      ...step,
      durationMs,
      phases: [{ phase: 'running', durationMs }],
      error,
    }),
  }
}

/** A step's failure as a job reports it: the user's error is the cause. */
export function stepError(cause: Error, lastLogLines?: readonly string[], process?: JobProcess): SidestepError {
  return new SidestepError(`the step train failed: ${cause.message}`, {
    code: 'STEP_FAILED',
    kind: 'step',
    cause,
    ...(lastLogLines && { job: { exitCode: 1, lastLogLines, ...(process && { process }) } }),
  })
}
