import {
  isTerminal,
  type AttemptOutcome,
  type JobProcess,
  type JobUsage,
  type Phase,
  type PhaseDuration,
  type RunEvent,
  type SidestepError,
} from '@sidestep/core'
import { sanitizeLine } from './sanitize.ts'

/** How many of a step's last log lines are kept. */
const TAIL_LINES = 20

export type StepStatus = 'running' | 'succeeded' | 'failed' | 'stopped'

/** One try of a step run, as far as its events told. */
export interface AttemptState {
  readonly number: number
  status: StepStatus | 'detached'
  /** `repository@sha256:…`: what it runs in, where it runs in an image. */
  image?: string
  handle?: object
  consoleUrl?: string
  usage?: JobUsage
  error?: SidestepError
  /** Why it ended, where no event told: one line, harmless to print. */
  reason?: string
}

/** One step run, as far as its events told. */
export interface StepState {
  readonly stepRunId: string
  readonly name: string
  /** Its name, with a number where a step was called again: `train`, `train#2`. */
  readonly label: string
  /** Absent: it runs in this process. */
  readonly operator?: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly attempts: AttemptState[]
  status: StepStatus
  phase?: Phase
  phaseSince: number
  /** The provider's own word for the phase, where it is another one. */
  providerState?: string
  /** The last log lines, oldest first, harmless to print. */
  tail: string[]
  durationMs?: number
  phases: readonly PhaseDuration[]
  cached: boolean
  /** The result was there from before, and nothing ran: an earlier launcher of the run saw to it. */
  kept: boolean
  process?: JobProcess
  error?: SidestepError
}

/** An event of one step run. */
export type StepEvent = Extract<RunEvent, { readonly stepRunId: string }>

/** Attempts whose job exists and is not known to have ended. */
export function liveAttempts({ attempts }: StepState): readonly AttemptState[] {
  return attempts.filter(
    ({ handle, status }) => handle !== undefined && (status === 'running' || status === 'detached'),
  )
}

/** Changes a step's state by what an event tells of it. */
export function applyToStep(step: StepState, event: StepEvent): void {
  switch (event.type) {
    case 'step.started':
      callAgain(step, event)
      break
    case 'attempt.started':
      attemptOf(step, event.attempt).status = 'running'
      break
    case 'attempt.phase':
      // What the provider calls the end is not the step's: its result is read, or it is tried again.
      if (isTerminal(event.phase)) break
      if (step.phase !== event.phase) step.phaseSince = Date.parse(event.at)
      step.phase = event.phase
      // The provider's own word counts where it says more.
      if (event.providerState === undefined || event.providerState === event.phase) delete step.providerState
      else step.providerState = sanitizeLine(event.providerState)
      break
    case 'attempt.image':
      attemptOf(step, event.attempt).image = event.image
      // What the builder said is of no use to whoever looks for why the step failed.
      step.tail = []
      break
    case 'attempt.handle': {
      const attempt = attemptOf(step, event.attempt)
      attempt.handle = event.handle
      if (event.consoleUrl !== undefined) attempt.consoleUrl = event.consoleUrl
      break
    }
    case 'attempt.usage':
      attemptOf(step, event.attempt).usage = event.usage
      break
    case 'log':
      for (const line of logLines(event)) {
        step.tail.push(line)
        if (step.tail.length > TAIL_LINES) step.tail.shift()
      }
      break
    case 'attempt.ended': {
      const attempt = attemptOf(step, event.attempt)
      attempt.status = event.detached === true ? 'detached' : endOf(event.error)
      if (event.error !== undefined) attempt.error = event.error
      break
    }
    case 'step.succeeded':
      step.status = 'succeeded'
      step.tail = []
      delete step.error
      if (event.process !== undefined) step.process = event.process
      // Where an earlier launcher told how the step went, that is its story, not the moment in which it was kept.
      if (event.kept === true && step.durationMs !== undefined) break
      step.durationMs = event.durationMs
      step.phases = phasesOf(event, step)
      step.cached = event.cached
      step.kept = event.kept === true
      break
    case 'step.failed':
      step.status = endOf(event.error)
      step.durationMs = event.durationMs
      step.phases = phasesOf(event, step)
      step.error = event.error
      if (step.operator !== undefined && event.error.job?.process !== undefined) step.process = event.error.job.process
      break
  }
}

/** Ends an attempt that no event ended, by its recorded outcome. */
export function settleAttempt(step: StepState, number: number, { status, kind, reason }: AttemptOutcome): void {
  const attempt = step.attempts.find((known) => known.number === number)
  if (attempt?.status !== 'running') return
  attempt.status = status === 'failed' && kind === 'stopped' ? 'stopped' : status
  if (reason !== undefined) attempt.reason = sanitizeLine(reason.split('\n', 1)[0] ?? '')
}

/** A step that another launcher of the run had called already. What a success told stays: it is kept. */
function callAgain(step: StepState, event: StepEvent): void {
  if (step.status === 'running') return
  if (step.status !== 'succeeded') {
    delete step.durationMs
    step.phases = []
    step.phaseSince = Date.parse(event.at)
    delete step.phase
  }
  step.status = 'running'
  delete step.error
}

/** A step in this process has one phase, of which no provider tells. */
function phasesOf(
  event: { readonly phases: readonly PhaseDuration[]; readonly durationMs: number },
  step: StepState,
): readonly PhaseDuration[] {
  const untold = event.phases.length === 0 && step.phase === 'running' && step.operator === undefined
  return untold ? [{ phase: 'running', durationMs: event.durationMs }] : event.phases
}

/** The lines of a log event, harmless to print. */
export function logLines(event: { readonly text: string }): string[] {
  return event.text
    .replace(/\r?\n$/, '')
    .split('\n')
    .map(sanitizeLine)
}

function attemptOf(step: StepState, number: number): AttemptState {
  const known = step.attempts.find((attempt) => attempt.number === number)
  if (known !== undefined) return known
  const attempt: AttemptState = { number, status: 'running' }
  step.attempts.push(attempt)
  return attempt
}

function endOf(error: SidestepError | undefined): 'succeeded' | 'failed' | 'stopped' {
  if (error === undefined) return 'succeeded'
  return error.kind === 'stopped' ? 'stopped' : 'failed'
}
