import { type RunDetails, type RunEvent, SidestepError } from '@sidestep/core'
import { sanitizeLine } from './sanitize.ts'
import {
  applyToStep,
  liveAttempts,
  settleAttempt,
  type AttemptState,
  type StepEvent,
  type StepState,
} from './step-state.ts'

export type RunStatus = 'running' | 'succeeded' | 'failed' | 'cancelled'

/**
 * A run as its events tell it: fed one by one, read by every view. It keeps tails, never whole logs. The events may be
 * those of several launchers, one after the other: each begins with `run.started`.
 */
export class RunModel {
  runId: string = ''
  pipeline: string = ''
  stack: string = ''
  storeUri: string = ''
  /** The number of the launcher that tells now: from 2 on, steps may be kept. */
  launcher: number = 1
  startedAt: number = 0
  status: RunStatus = 'running'
  durationMs: number | undefined
  error: unknown
  readonly warnings: string[] = []
  readonly #steps: Map<string, StepState> = new Map()
  readonly #calls: Map<string, number> = new Map()
  /** By step run. */
  readonly #labels: Map<string, string> = new Map()

  /** In the order in which they started. */
  get steps(): readonly StepState[] {
    return [...this.#steps.values()]
  }

  step(stepRunId: string): StepState | undefined {
    return this.#steps.get(stepRunId)
  }

  /** Attempts whose job exists and is not known to have ended, those that were left running on purpose included. */
  get liveJobs(): readonly { readonly step: StepState; readonly attempt: AttemptState }[] {
    return this.steps.flatMap((step) => liveAttempts(step).map((attempt) => ({ step, attempt })))
  }

  /** Steps that get a job, and have none now: it is prepared, created, or about to be tried again. */
  get startingSteps(): readonly StepState[] {
    return this.steps.filter(
      (step) => step.status === 'running' && step.operator !== undefined && liveAttempts(step).length === 0,
    )
  }

  /**
   * The step that an error came from, given with its causes. Errors that were recorded are not the same objects any
   * more: they are known by what they say.
   */
  failedBy(chain: readonly unknown[]): StepState | undefined {
    const failed = this.steps.filter((step) => step.error !== undefined)
    return (
      failed.find(({ error }) => chain.includes(error)) ??
      failed.find(({ error }) => chain.some((link) => isSame(link, error)))
    )
  }

  /** Whether any job of the run was ever created. */
  get hasCreatedJobs(): boolean {
    return this.steps.some((step) => step.attempts.some((attempt) => attempt.handle !== undefined))
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
        this.runId = event.runId
        this.pipeline = event.pipeline
        this.stack = event.stack
        this.storeUri = event.storeUri
        this.launcher = event.launcher
        this.startedAt = Date.parse(event.at)
        this.status = 'running'
        this.durationMs = undefined
        this.error = undefined
        break
      case 'warning':
        this.warnings.push(sanitizeLine(event.message))
        break
      case 'run.succeeded':
        this.#end('succeeded', event.durationMs)
        break
      case 'run.failed':
        this.error = event.error
        this.#end('failed', event.durationMs)
        break
      case 'run.cancelled':
        this.#end('cancelled', event.durationMs)
        break
      default:
        applyToStep(this.#stepOf(event), event)
    }
  }

  /** Adds how attempts ended of which no event tells: a run ends what it did not call again without a step. */
  settle(steps: RunDetails['steps']): void {
    for (const { stepRunId, attempts } of steps) {
      const step = this.#steps.get(stepRunId)
      if (step === undefined) continue
      for (const { number, outcome } of attempts) if (outcome !== undefined) settleAttempt(step, number, outcome)
    }
  }

  /** Ends a run that will tell nothing more by itself; one that has ended stays as it is. `now`: ms since the epoch. */
  fail(error: unknown, now: number): void {
    if (this.runId === '' || this.status !== 'running') return
    this.error = error
    this.#end('failed', Math.max(0, now - this.startedAt))
  }

  #end(status: RunStatus, durationMs: number): void {
    this.status = status
    this.durationMs = durationMs
    for (const step of this.#steps.values()) if (step.status === 'running') step.status = 'stopped'
  }

  /** What earlier launchers called the steps of a run, they are called again: by their events. */
  keepLabels(earlier: readonly RunEvent[]): void {
    for (const event of earlier) if (event.type === 'step.started') this.#labelOf(event)
  }

  #labelOf({ stepRunId, stepName }: { readonly stepRunId: string; readonly stepName: string }): string {
    const known = this.#labels.get(stepRunId)
    if (known !== undefined) return known
    const call = (this.#calls.get(stepName) ?? 0) + 1
    this.#calls.set(stepName, call)
    const name = sanitizeLine(stepName)
    const label = call === 1 ? name : `${name}#${call}`
    this.#labels.set(stepRunId, label)
    return label
  }

  #stepOf(event: StepEvent): StepState {
    const known = this.#steps.get(event.stepRunId)
    if (known !== undefined) return known
    const name = sanitizeLine(event.stepName)
    const at = Date.parse(event.at)
    const step: StepState = {
      stepRunId: event.stepRunId,
      name,
      label: this.#labelOf(event),
      ...(event.type === 'step.started' && event.operator !== undefined ? { operator: event.operator } : {}),
      startedAt: at,
      phaseSince: at,
      status: 'running',
      attempts: [],
      tail: [],
      phases: [],
      cached: false,
      kept: false,
    }
    this.#steps.set(event.stepRunId, step)
    return step
  }
}

function isSame(link: unknown, error: SidestepError | undefined): boolean {
  return SidestepError.isInstance(link) && link.code === error?.code && link.message === error.message
}
