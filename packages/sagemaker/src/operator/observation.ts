import {
  isTerminal,
  type FailureKind,
  type JobUsage,
  type Observation,
  type Phase,
  type PhaseStart,
} from '@sidestep/core'

import { causeOf, type FailureCause } from './failure-reason.ts'
import { isOver, phaseOf, stateText, type TrainingState } from './training-states.ts'
import type { StatusTransition, TrainingJob, TrainingJobSummary } from './training-job.ts'

/** States in which the step's process has begun. */
const BEGUN: ReadonlySet<string> = new Set(['Training', 'Uploading', 'Updating'])

/** What is to be said of a job. `at`: SageMaker's time of the answer. Pure. */
export function observationOf(job: TrainingJob, at: Date): Observation {
  const transitions = job.SecondaryStatusTransitions ?? []
  const state = stateOf(job)
  const hasBegun = transitions.some(({ Status }) => Status !== undefined && BEGUN.has(Status))
  const end = isOver(job) ? endOf(job, state, hasBegun) : undefined
  const phase = end?.phase ?? phaseOf(state, hasBegun)
  const phases = phasesOf(job, transitions, phase)
  const usage = isOver(job) ? usageOf(job) : undefined
  return {
    ...end,
    phase,
    providerState: end === undefined ? withMessage(state, transitions, phase) : stateText(state),
    at: latest(at, [...phases.map((start) => new Date(start.at)), job.LastModifiedTime]).toISOString(),
    ...(phases.length === 0 ? {} : { phases }),
    ...(usage === undefined ? {} : { usage }),
  }
}

/** What a list says of a job that goes on: less than a closer look. Pure. */
export function summaryObservation(summary: TrainingJobSummary, at: Date): Observation {
  const state = stateOf(summary)
  const phase = phaseOf(state, false)
  return {
    phase,
    providerState: stateText(state),
    at: latest(at, [summary.LastModifiedTime]).toISOString(),
    ...(summary.CreationTime === undefined
      ? {}
      : { phases: [{ phase: firstPhase(phase), at: summary.CreationTime.toISOString() }] }),
  }
}

/** SageMaker's two words for where a job is. Pure. */
export function stateOf({ TrainingJobStatus, SecondaryStatus }: TrainingJobSummary): TrainingState {
  return { status: TrainingJobStatus ?? '', secondary: SecondaryStatus ?? '' }
}

interface End extends FailureCause {
  readonly phase: Phase
  readonly kind?: FailureKind
  readonly reason?: string
}

/** Of a job that has ended, and how. */
function endOf(job: TrainingJob, state: TrainingState, hasBegun: boolean): End {
  const { FailureReason: said = '' } = job
  const phase = phaseOf(state, hasBegun)
  const reason = said === '' ? {} : { reason: said }
  if (phase === 'succeeded') return { phase, exitCode: 0 }
  if (!isTerminal(phase)) {
    const reason = `SageMaker says that it has ended as ${stateText(state)}, which is no word that is known`
    return { phase: 'failed', kind: 'infra', reason: said === '' ? reason : `${reason}: ${said}` }
  }
  if (phase === 'failed') return { phase, ...causeOf(said), ...reason }
  if (state.secondary === 'MaxRuntimeExceeded') {
    return {
      phase,
      kind: 'timeout',
      hint: 'Make timeouts.run of the step longer; without it, SageMaker ends a job after 5 days.',
      reason: said === '' ? 'it ran for longer than SageMaker was told to let it' : said,
    }
  }
  if (state.secondary === 'MaxWaitTimeExceeded') return endOfWait(job, hasBegun)
  if (waitedTooLong(job, hasBegun)) {
    return { phase: 'expired', kind: 'capacity', reason: 'SageMaker had no machines for it within settings.maxPending' }
  }
  return { phase, kind: 'stopped', reason: said === '' ? 'somebody stopped the training job' : said }
}

/** Of a job with `useSpot`: it waited for machines, for the first time or again. */
function endOfWait({ SecondaryStatusTransitions: transitions = [] }: TrainingJob, hasBegun: boolean): End {
  const hint = 'Make settings.maxWait longer, name further types in settings.instanceTypes, or do without useSpot.'
  if (!hasBegun) {
    return {
      phase: 'expired',
      kind: 'capacity',
      hint,
      reason: 'there was no spare capacity for it within settings.maxWait',
    }
  }
  if (transitions.some(({ Status }) => Status === 'Interrupted')) {
    const reason = 'its spot machines were taken away, and it did not come to its end within settings.maxWait'
    return { phase: 'expired', kind: 'preempted', hint, reason }
  }
  return { phase: 'expired', kind: 'timeout', hint, reason: 'it did not come to its end within settings.maxWait' }
}

/** SageMaker has no word of its own for a job whose MaxPendingTimeInSeconds has passed. */
function waitedTooLong(
  { StoppingCondition, CreationTime, TrainingEndTime, LastModifiedTime }: TrainingJob,
  hasBegun: boolean,
): boolean {
  const most = StoppingCondition?.MaxPendingTimeInSeconds
  const end = TrainingEndTime ?? LastModifiedTime
  if (hasBegun || most === undefined || CreationTime === undefined || end === undefined) return false
  return end.getTime() - CreationTime.getTime() >= most * 1_000
}

/** When it came into each phase, by what SageMaker remembers of it. */
function phasesOf(
  { CreationTime, TrainingEndTime, LastModifiedTime }: TrainingJob,
  transitions: readonly StatusTransition[],
  phase: Phase,
): readonly PhaseStart[] {
  const seen = transitions.flatMap(({ Status, StartTime }) => {
    if (Status === undefined || StartTime === undefined || ENDS.has(Status)) return []
    return [{ phase: phaseOf({ status: 'InProgress', secondary: Status }, true), at: StartTime }]
  })
  const [first] = seen
  const created =
    CreationTime === undefined || (first !== undefined && first.at <= CreationTime)
      ? []
      : [{ phase: firstPhase(first?.phase ?? phase), at: CreationTime }]
  const hasCome = isTerminal(phase)
  const ended = TrainingEndTime ?? LastModifiedTime
  const over = hasCome && ended !== undefined ? [{ phase, at: ended }] : []
  let newest = 0
  const starts: PhaseStart[] = []
  for (const start of [...created, ...seen, ...over]) {
    if (starts.at(-1)?.phase === start.phase) continue
    // Times to the second or finer come from several machines.
    newest = Math.max(newest, start.at.getTime())
    starts.push({ phase: start.phase, at: new Date(newest).toISOString() })
  }
  return starts
}

/** Of the job itself, and not of a part of its way. */
const ENDS: ReadonlySet<string> = new Set([
  'Completed',
  'Failed',
  'Stopped',
  'MaxRuntimeExceeded',
  'MaxWaitTimeExceeded',
])

/** A job that has just been made waits, whatever it is doing by now. */
function firstPhase(phase: Phase): Phase {
  return phase === 'queued' ? 'queued' : 'provisioning'
}

/** Who waits wants to know what for. */
function withMessage(state: TrainingState, transitions: readonly StatusTransition[], phase: Phase): string {
  const text = stateText(state)
  const message = transitions.at(-1)?.StatusMessage ?? ''
  const tells = phase === 'queued' || phase === 'provisioning'
  return tells && message !== '' && transitions.at(-1)?.Status === state.secondary ? `${text}: ${message}` : text
}

function usageOf({
  TrainingTimeInSeconds: run,
  BillableTimeInSeconds: billable,
  TrainingStartTime,
  ResourceConfig,
}: TrainingJob): JobUsage | undefined {
  // What was asked for, and never got, was not used.
  const machines = TrainingStartTime === undefined && run === undefined ? undefined : ResourceConfig
  const type = machines?.SelectedInstanceType ?? machines?.InstanceType
  const count = machines?.SelectedInstanceCount ?? machines?.InstanceCount
  const usage = {
    ...(run === undefined ? {} : { runSeconds: run }),
    ...(billable === undefined ? {} : { billableSeconds: billable }),
    ...(type === undefined ? {} : { instanceType: type }),
    ...(count === undefined ? {} : { instanceCount: count }),
  }
  return Object.keys(usage).length === 0 ? undefined : usage
}

function latest(at: Date, times: readonly (Date | undefined)[]): Date {
  return times.reduce<Date>((newest, time) => (time !== undefined && time > newest ? time : newest), at)
}
