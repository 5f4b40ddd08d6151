import { randomUUID } from 'node:crypto'

import {
  configError,
  type BaseStepOperator,
  type FoundJob,
  type JobHandle,
  type JobLabels,
  type JobQuery,
  type LaunchContext,
  type Observation,
  type StepRunInfo,
  type SubmitOptions,
} from '@sidestep/core'

import { over } from './over.ts'
import { SoundOperator, type SoundConfig } from './sound-operator.ts'
import { SoundService, type SoundJob, type SoundRequest } from './sound-service.ts'

/** A step operator with one mistake, and what the suite must make of it. */
export interface BrokenOperator {
  /** The mistake. */
  readonly mistake: string
  readonly Operator: new (config: SoundConfig) => BaseStepOperator<any, any>
  /** Name of the check that is meant for it. */
  readonly check: string
  /** What its message must say of what to mend. */
  readonly message: RegExp
}

const RESULT = 'a step runs as a job of its own, its value comes back, and one attempt is all that there was'
const VARIABLES =
  "a step's variables reach its process as they are, and a long one does or is refused before anything is created"
const KILLED =
  'a step that is killed, fills its heap, never settles, overstays or returns what cannot be kept fails for that reason'
const NAMES =
  'the longest names work, those that differ at their end alone are different jobs, and each is found by what it carries'
const CREATES =
  'the job has the nonce of its create call, and a create whose answer is lost or that is repeated makes no second job'
const DIES =
  'a launcher that dies at any point is taken over by another one: one result, code that began once, no job left'

class CreatesAnew extends SoundService {
  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    return (await this.start(`${options.labels.token}-${randomUUID()}`, request, options)).handle
  }
}

class OwnNonce extends SoundService {
  protected override nonceOf(): string {
    return randomUUID()
  }
}

class TakesStrangers extends SoundService {
  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    const there = this.jobs.get(this.idOf(options.labels))
    return there?.handle ?? super.submit(request, options)
  }
}

class FindsNothing extends SoundService {
  override async *find(): AsyncGenerator<FoundJob<JobHandle>> {}
}

class ChecksOneCondition extends SoundService {
  protected override fits(labels: JobLabels, { token, runId, journalId }: JobQuery): boolean {
    if (token !== undefined) return labels.token === token
    return runId === undefined ? labels.journalId === journalId : labels.runId === runId
  }
}

class ComparesBeginnings extends SoundService {
  protected override fits(labels: JobLabels, query: JobQuery): boolean {
    const { runId, ...others } = query
    return super.fits(labels, others) && (runId === undefined || labels.runId.slice(0, 40) === runId.slice(0, 40))
  }
}

class CutsLabels extends SoundService {
  override async *find(query: JobQuery): AsyncGenerator<FoundJob<JobHandle>> {
    for await (const job of super.find(query)) {
      yield { ...job, labels: { ...job.labels, stepRunId: job.labels.stepRunId.slice(0, 40) } }
    }
  }
}

class LabelsAreTexts extends SoundService {
  override async *find(query: JobQuery): AsyncGenerator<FoundJob<JobHandle>> {
    for await (const job of super.find(query)) {
      yield { ...job, labels: { ...job.labels, attempt: String(job.labels.attempt) as unknown as number } }
    }
  }
}

class ForgetsNonces extends SoundService {
  override async *find(query: JobQuery): AsyncGenerator<FoundJob<JobHandle>> {
    for await (const job of super.find(query)) yield { ...job, nonce: '' }
  }
}

/** By a name that was cut, two attempts are one job. */
class CutsNames extends SoundService {
  protected override idOf({ runId }: JobLabels): string {
    return runId.slice(0, 40)
  }
}

class WantsOneLine extends SoundService {
  override prepare(job: Parameters<SoundService['prepare']>[0]): SoundRequest {
    for (const [name, value] of Object.entries(job.environment)) {
      if (value.includes('\n')) throw configError('CONFIG_INVALID', `${name} has several lines`, 'Give it one line.')
    }
    return super.prepare(job)
  }
}

/** As a provider that looks at its limits itself. */
class RefusesLate extends SoundService {
  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    for (const [name, value] of Object.entries(request.environment)) {
      if (value.length > 512) throw configError('CONFIG_INVALID', `${name} is too long`, 'Give it 512 characters.')
    }
    return super.submit(request, options)
  }
}

class BlamesTheStep extends SoundService {
  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    const state = super.stateOf(job)
    return state.phase === 'failed' ? { ...state, kind: 'step' } : state
  }
}

class UnknownIsTheEnd extends SoundService {
  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    const state = super.stateOf(job)
    return state.phase === 'running' ? { phase: 'failed', providerState: 'Starting', kind: 'infra' } : state
  }
}

class OnlyOnce extends SoundOperator {
  static readonly #launched = new Set<string>()
  override async launch(info: StepRunInfo, command: readonly string[], context: LaunchContext): Promise<void> {
    if (OnlyOnce.#launched.has(context.token)) throw new Error('this attempt was launched already')
    OnlyOnce.#launched.add(context.token)
    await super.launch(info, command, context)
  }
}

/** Every one has one mistake. */
export const BROKEN_OPERATORS: readonly BrokenOperator[] = [
  { mistake: 'each create makes a job', Operator: over(CreatesAnew), check: CREATES, message: /existing job/ },
  { mistake: 'the job has a nonce of its own', Operator: over(OwnNonce), check: CREATES, message: /SIDESTEP_NONCE/ },
  {
    mistake: 'a job of another request is adopted',
    Operator: over(TakesStrangers),
    check: CREATES,
    message: /Keep the fingerprint with the job/,
  },
  {
    mistake: 'nothing is found, although adopt is declared',
    Operator: over(FindsNothing),
    check: NAMES,
    message: /it gives the one job of the token/,
  },
  {
    mistake: 'find looks at one condition',
    Operator: over(ChecksOneCondition),
    check: NAMES,
    message: /Check every condition/,
  },
  {
    mistake: 'find compares the beginnings of ids',
    Operator: over(ComparesBeginnings),
    check: NAMES,
    message: /all conditions of a query must hold|Compare the whole id of the run/,
  },
  { mistake: 'labels are cut', Operator: over(CutsLabels), check: NAMES, message: /must not be cut/ },
  { mistake: 'labels come back as texts', Operator: over(LabelsAreTexts), check: NAMES, message: /typed as it was/ },
  { mistake: 'nonces are forgotten', Operator: over(ForgetsNonces), check: NAMES, message: /comes back, whole/ },
  {
    mistake: 'names are cut',
    Operator: over(CutsNames),
    check: NAMES,
    message: /began \d times|LAUNCH_CONFLICT|have the same id/,
  },
  {
    mistake: 'variables have one line',
    Operator: over(WantsOneLine),
    check: VARIABLES,
    message: /are no reason to fail/,
  },
  {
    mistake: 'long variables are refused by the create',
    Operator: over(RefusesLate),
    check: VARIABLES,
    message: /after [1-9]\d* create calls[^]*before anything is created/,
  },
  {
    mistake: 'what befell a job is the fault of its step',
    Operator: over(BlamesTheStep),
    check: KILLED,
    message: /its kind is/,
  },
  {
    mistake: 'a state that is not known is the end',
    Operator: over(UnknownIsTheEnd),
    check: RESULT,
    message: /the pipeline returned \[ undefined[^]*only when its job has ended/,
  },
  { mistake: 'who comes second cannot go on', Operator: OnlyOnce, check: DIES, message: /gets the result of its job/ },
]
