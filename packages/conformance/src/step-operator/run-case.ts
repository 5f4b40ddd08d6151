import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

import {
  ArtifactStore,
  SidestepError,
  type Pipeline,
  type PipelineRun,
  type ResumeOptions,
  type RunEvent,
  type Step,
  type Unwrap,
} from '@sidestep/core'

import { hold, shown } from '../hold.ts'
import type { Call } from '../steps.ts'
import { settled } from '../waiting.ts'
import type { Opened, StepOperatorSubject } from './subject.ts'

/** How a check's run is started. */
export interface CaseOptions {
  /** Default: new components of the subject. */
  readonly opened?: Opened
  /** Default: a new one. */
  readonly runId?: string
  /** Aborting it stops the run. */
  readonly signal?: AbortSignal
  /** Hears of everything that happens, as it does. */
  readonly onEvent?: (event: RunEvent, run: PipelineRun<unknown>) => void
}

/** A run that has ended, and what was heard of it. */
export interface CaseRun<R> extends Opened {
  readonly runId: string
  /** Of the run's stack. */
  readonly store: ArtifactStore
  readonly events: readonly RunEvent[]
  /** How it ended: what the pipeline returned, or why it did not. */
  readonly end: { readonly value: R } | { readonly error: unknown }
  /** Of the subject. */
  readonly timeoutFactor: number
}

/** A run that goes on. */
export interface StartedCase<R> {
  readonly run: PipelineRun<R>
  /** Does not reject because of the run, whose end is in it, unless that has not ended when the check is over. */
  readonly ended: Promise<CaseRun<R>>
}

/** Names a call of a step for the pipeline `calls`. */
export function call<I, R>(step: Step<I, R>, ...[input]: undefined extends I ? [input?: I] : [input: I]): Call {
  return input === undefined ? { step: step.stepName } : { step: step.stepName, input }
}

/** Runs a pipeline to its end. */
export async function runCase<I, R>(
  subject: StepOperatorSubject,
  pipeline: Pipeline<I, R>,
  input: I,
  options: CaseOptions = {},
): Promise<CaseRun<Unwrap<R>>> {
  return (await startCase(subject, pipeline, input, options)).ended
}

/** Starts a pipeline. */
export async function startCase<I, R>(
  subject: StepOperatorSubject,
  pipeline: Pipeline<I, R>,
  input: I,
  options: CaseOptions = {},
): Promise<StartedCase<Unwrap<R>>> {
  const { opened = await subject.open(), runId, signal } = options
  const run = pipeline.start(input, {
    stack: opened.stack,
    ...(runId === undefined ? {} : { runId }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { run, ended: toItsEnd(run, { opened, subject, options }) }
}

/** Goes on with a run whose launcher has ended, as a new process would. */
export async function resumeCase<I, R>(
  subject: StepOperatorSubject,
  pipeline: Pipeline<I, R>,
  runId: string,
  options: Omit<CaseOptions, 'runId'> & Pick<ResumeOptions, 'takeOver'> = {},
): Promise<CaseRun<Unwrap<R>>> {
  const { opened = await subject.open(), signal, takeOver = false } = options
  const run = pipeline.resume(runId, {
    stack: opened.stack,
    takeOver,
    ...(signal === undefined ? {} : { signal }),
  })
  return toItsEnd(run, { opened, subject, options })
}

async function toItsEnd<R>(
  run: PipelineRun<R>,
  {
    opened,
    subject,
    options: { onEvent },
  }: {
    readonly opened: Opened
    readonly subject: StepOperatorSubject
    readonly options: Pick<CaseOptions, 'onEvent'>
  },
): Promise<CaseRun<R>> {
  const events: RunEvent[] = []
  const end = settled(run.result())
  subject.runs.add(async () => run.cancel(), end)
  const read = async (): Promise<void> => {
    for await (const event of run.events()) {
      events.push(event)
      onEvent?.(event, run)
    }
  }
  const reading = read()
  const over = await endsBefore(reading, subject.until)
  if (!over) {
    // Nobody waits for it any more: what can be ended, is.
    run.cancel().catch(() => undefined)
    reading.catch(() => undefined)
  }
  hold(over, () => ({
    seen: `the run ${run.id} had not ended when the time of the check was over:\n${story(events)}`,
    must: 'every job ends, and launch() with it',
    mend: 'See in the story above what the run waited for. launch() must settle when its job has ended, and observe() say so; a provider that is slow gets more time by `timeoutFactor`.',
  }))
  const ended = await end
  return {
    ...opened,
    runId: run.id,
    store: await storeOf(opened),
    events,
    end: ended.failed ? { error: ended.error } : { value: ended.value },
    timeoutFactor: subject.timeoutFactor,
  }
}

/** Whether a promise resolves before a time of day. */
async function endsBefore(promise: Promise<void>, time: number): Promise<boolean> {
  const over = new AbortController()
  try {
    const late = sleep(Math.max(time - Date.now(), 0), false, { signal: over.signal })
    return await Promise.race([promise.then(() => true), late])
  } finally {
    over.abort()
  }
}

/** The artifact store of a stack. */
export async function storeOf({ stack }: Pick<Opened, 'stack'>): Promise<ArtifactStore> {
  const store = await stack.artifactStore()
  hold(ArtifactStore.isArtifactStore(store), {
    seen: `the artifact store of the stack ${stack.name} does not extend ArtifactStore`,
    must: 'create() returns a stack whose artifact store keeps the runs of the suite',
    mend: 'Give the stack an artifact store that jobs of the operator can reach.',
  })
  return store
}

const WHOLE =
  'create() must return a stack that is whole and can run a step without resources; settings that the operator cannot do without are `settings` of stepOperatorConformance(). The story above says what failed.'

/**
 * What the pipeline returned. Fails where it did not, with what it failed with and what was heard of its steps. `mend`:
 * what its steps need beside a stack that is whole.
 */
export function valueOf<R>({ end, events }: Pick<CaseRun<R>, 'end' | 'events'>, mend: string = WHOLE): R {
  hold('value' in end, () => ({
    seen: `the pipeline failed: ${'error' in end ? told(end.error) : ''}\n${story(events)}`,
    must: 'a run whose steps may fail succeeds',
    mend,
  }))
  return end.value
}

/** Fails unless the pipeline returned this. `what`: of what it is, as the finding begins. */
export function expectReturned<R>(run: CaseRun<R>, expected: R, what: string): void {
  const seen = valueOf(run)
  hold(isDeepStrictEqual(seen, expected), () => ({
    seen: `${what}: the pipeline returned ${shown(seen)}\n${story(run.events)}`,
    must: `it returns ${shown(expected)}`,
    mend: 'Where a step failed, the story above says why; settings that the operator cannot do without are `settings` of stepOperatorConformance(). launch() must resolve only when its job has ended.',
  }))
}

/** The error that the only call of a step failed with. Fails where it did not. */
export function failureOf(
  { events }: Pick<CaseRun<unknown>, 'events'>,
  step: { readonly stepName: string },
): SidestepError {
  const failed = events.find((event) => event.type === 'step.failed' && event.stepName === step.stepName)
  hold(failed?.type === 'step.failed', () => ({
    seen: `the step ${step.stepName} did not fail:\n${story(events)}`,
    must: 'what goes wrong in a job is the failure of its step',
    mend: 'launch() must reject, or leave it to the result in the artifact store, where a job ended without success.',
  }))
  return failed.error
}

/** The events of a run for people, one a line; what steps failed with comes first, whole. */
export function story(events: readonly RunEvent[]): string {
  const failures = events.flatMap((event) =>
    event.type === 'step.failed' ? [`    ${event.stepName} failed: ${told(event.error)}`] : [],
  )
  return [...failures, ...events.map((event) => `    ${line(event)}`)].join('\n')
}

function line(event: RunEvent): string {
  const { type, at } = event
  const what = [`${at.slice(11, 23)} ${type}`]
  if ('stepName' in event && event.stepName !== undefined) what.push(event.stepName)
  if ('attempt' in event) what.push(`#${event.attempt}`)
  if (type === 'attempt.phase') what.push(event.phase)
  if (type === 'attempt.handle') what.push(shown(event.handle))
  if (type === 'log') what.push(`${event.stream}: ${event.text}`)
  if (type === 'warning') what.push(event.message)
  if ('error' in event && event.error !== undefined) what.push(told(event.error))
  return what.join(' ').slice(0, 600)
}

/** An error for people. */
export function told(error: unknown): string {
  if (!SidestepError.isInstance(error)) return String(error)
  const { code, kind, message, hint, job } = error
  const lines = job?.lastLogLines ?? []
  return `${message} (${code}, kind ${kind})${hint === undefined ? '' : `; ${hint}`}${lines.length === 0 ? '' : `; last lines of its log: ${shown(lines)}`}`
}
