import type { JournalRun } from '../journal/journal.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { JobHandle } from '../operator/job-service.ts'
import type { Observation, Phase } from '../operator/phases.ts'
import { describedOperator, type StackDescription } from '../stack/stack-description.ts'
import type { LoggedAttempt } from './attempt-log.ts'

/** A job at a provider. */
export interface JobSummary {
  /** The provider's id; where the operator has none that is known, the attempt's token. */
  readonly id: string
  /** Of the run that it belongs to. */
  readonly runId: string
  /** Names the call of the step in its run. */
  readonly stepRunId: string
  /** As `step()` was given it. */
  readonly stepName: string
  /** From 1. */
  readonly attempt: number
  /** Its operator's name in the stack; its flavor where that has none. */
  readonly operator: string
  /** Of its step operator. */
  readonly flavor: string
  /** Absent where the operator cannot be asked. */
  readonly phase?: Phase
  /** The provider's own word, where the phase is coarser. */
  readonly providerState?: string
  /** ISO 8601, by the provider's clock where it says so. */
  readonly startedAt?: string
  /** Where a person can look at it. */
  readonly consoleUrl?: string
  /** By which its operator finds it. Absent: not known yet. */
  readonly handle?: object
  /** Nobody looks after it, and why that is thought. */
  readonly orphan?: { readonly because: string }
  /** Why its operator could not be asked. */
  readonly problem?: string
}

/** A job, with all that acting on it takes. */
export interface KnownJob {
  readonly id: string
  readonly attempt: LoggedAttempt
  /** Its operator's name in the stack. */
  readonly operatorName: string
  readonly flavor: string
  /** Absent where it could not be made again. */
  readonly operator?: BaseStepOperator<any, any>
  readonly handle?: JobHandle
  /** Absent where the journal does not know the run. */
  readonly run?: JournalRun
  /** ISO 8601: as far as the journal knows. */
  readonly startedAt?: string
  readonly problem?: string
}

/** What is told of a job. */
export function describeJob(job: KnownJob, observation: Observation | undefined): JobSummary {
  const { id, attempt, operatorName, flavor, handle, problem } = job
  const startedAt = startOf(job, observation)
  const state = observation?.providerState
  return {
    id,
    runId: attempt.runId,
    stepRunId: attempt.stepRunId,
    stepName: attempt.stepName,
    attempt: attempt.attempt,
    operator: operatorLabel(operatorName, flavor),
    flavor,
    ...(observation === undefined ? {} : { phase: observation.phase }),
    ...(state === undefined ? {} : { providerState: state }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(handle?.consoleUrl === undefined ? {} : { consoleUrl: handle.consoleUrl }),
    ...(handle === undefined ? {} : { handle }),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** ISO 8601. */
export function startOf({ startedAt }: KnownJob, observation: Observation | undefined): string | undefined {
  return observation?.phases?.[0]?.at ?? startedAt
}

/** What to call an operator: `*` is none of the names that a user gave. */
export function operatorLabel(name: string, flavor: string): string {
  return name === '*' ? flavor : name
}

/** What to call the operator that has this name in a recorded stack. */
export function operatorIn(stack: StackDescription, name: string): string {
  return operatorLabel(name, describedOperator(stack, name)?.flavor ?? name)
}

/** A job in a sentence: `job 4a97… (train, attempt 1, of the run r1)`. */
export function jobLabel({ id, attempt: { stepName, attempt, runId } }: KnownJob): string {
  return `job ${id} (${stepName}, attempt ${attempt}, of the run ${runId})`
}
