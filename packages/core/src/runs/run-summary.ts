import type { JournalRun } from '../journal/journal.ts'
import type { OwnerState } from '../journal/owner.ts'
import type { RunEndError } from '../journal/run-record.ts'

/** The process that leads a run, or led it last. */
export interface RunOwner {
  /** From 1; every later launcher of the run has a higher one. */
  readonly n: number
  /** Name of its machine. */
  readonly host: string
  /** On that machine. */
  readonly pid: number
  /** When it took the run. ISO 8601. */
  readonly at: string
  /** Its last sign, by its own clock. ISO 8601. Absent: not looked for, since its process has ended, or none was found. */
  readonly lastHeardAt?: string
  /** `gone`: its process has ended. `silent`: it is stopped, or on another machine and gave no sign for a minute. */
  readonly state: OwnerState
  /** Why its last sign could not be read: it counts as silent then. */
  readonly problem?: string
}

/** `interrupted`: it has not ended, and its launcher is gone. `silent`: it has not ended, and its launcher gives no sign. */
export type RunState = 'running' | 'interrupted' | 'silent' | 'succeeded' | 'failed' | 'cancelled'

/** What a listing says of a run. */
export interface RunSummary {
  /** By which it is found again, and resumed. */
  readonly runId: string
  /** Its name. */
  readonly pipeline: string
  /** Name of its stack. */
  readonly stack: string
  /** As of now: of a run that goes on, its launcher was asked for. */
  readonly state: RunState
  /** ISO 8601. */
  readonly startedAt: string
  /** ISO 8601. Absent while it has not ended. */
  readonly endedAt?: string
  /** From its start to its end, pauses between launchers included. Absent while it has not ended. */
  readonly durationMs?: number
  /** Root of the artifact store that keeps the run. */
  readonly storeUri: string
  /** File of the pipeline, relative to the project's folder. */
  readonly module?: string
  /** Folder of the project's package.json. Absent for a run that was begun elsewhere. */
  readonly projectFolder?: string
  /** Absent for a run that has ended, and for one whose launcher died before it took it. */
  readonly owner?: RunOwner
  /** Why it failed. */
  readonly error?: RunEndError
  /** What the pipeline returned, where JSON can hold it in a few kilobytes. */
  readonly result?: unknown
  /** What the pipeline returned as Node shows it, where JSON cannot. */
  readonly resultText?: string
}

/** Whether the journal says that a run has ended, under the launcher that has it now. */
export function hasEnded({ end, fence }: JournalRun): boolean {
  return end !== undefined && end.n >= fence
}

/** What is told of a run. `owner` counts only for one that has not ended. */
export function summaryOf(run: JournalRun, owner: RunOwner | undefined): RunSummary {
  const { record, storeUri, projectFolder } = run
  const { runId, pipeline, module, startedAt } = record
  const common = {
    runId,
    pipeline,
    stack: record.stack.name,
    startedAt,
    storeUri,
    ...(module === undefined ? {} : { module }),
    ...(projectFolder === undefined ? {} : { projectFolder }),
  }
  const { end } = run
  if (end === undefined || !hasEnded(run)) {
    return { ...common, state: stateUnder(owner), ...(owner === undefined ? {} : { owner }) }
  }
  const { status, at, error, result, resultText } = end
  return {
    ...common,
    state: status,
    endedAt: at,
    durationMs: Math.max(0, Date.parse(at) - Date.parse(startedAt)),
    ...(error === undefined ? {} : { error }),
    ...(result === undefined ? {} : { result }),
    ...(resultText === undefined ? {} : { resultText }),
  }
}

function stateUnder(owner: RunOwner | undefined): RunState {
  if (owner === undefined || owner.state === 'gone') return 'interrupted'
  return owner.state === 'alive' ? 'running' : 'silent'
}
