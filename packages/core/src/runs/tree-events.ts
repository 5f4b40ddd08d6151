import type { ResultManifest } from '../artifact/manifest.ts'
import { SidestepError, type ErrorCode, type FailureKind } from '../errors.ts'
import type { RunEnd, RunEndError } from '../journal/run-record.ts'
import { reviveError, stepFailure } from '../launch/step-failure.ts'
import type { RecordedEvent } from '../pipeline/recorded-events.ts'
import { operatorIn } from './job-summary.ts'
import type { RunTree, StoredAttempt } from './read-run-tree.ts'
import { createdAtOf, handleOf } from './stored-handle.ts'

/** An attempt, and the name of its operator in the stack; absent: it ran in its launcher's process. */
export type NamedAttempt = StoredAttempt & { readonly operator?: string }

/**
 * The events of a run as far as its store can tell them, oldest first: for a journal that did not see them happen.
 * Phases of the provider and warnings are not among them.
 */
export function eventsOf(
  { record, launchers, ends }: RunTree,
  attempts: readonly NamedAttempt[],
  { storeUri, projectFolder }: { readonly storeUri: string; readonly projectFolder: string },
): readonly RecordedEvent[] {
  const { runId, pipeline, stack } = record
  const events: RecordedEvent[] = launchers.map(({ n, at }) => ({
    type: 'run.started',
    at,
    runId,
    pipeline,
    stack: stack.name,
    storeUri,
    launcher: n,
  }))
  for (const group of Map.groupBy(attempts, ({ key }) => key.stepRunId).values()) {
    events.push(...stepEvents(group, { record, ends, projectFolder }))
  }
  events.push(...ends.map((end) => endEvent(end, projectFolder)))
  return events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || rank(a) - rank(b))
}

/** Among events of one moment: what contains others begins first and ends last. */
function rank({ type }: RecordedEvent): number {
  const order: readonly RecordedEvent['type'][] = [
    'run.started',
    'step.started',
    'attempt.started',
    'attempt.image',
    'attempt.handle',
    'attempt.ended',
    'step.succeeded',
    'step.failed',
  ]
  const found = order.indexOf(type)
  return found === -1 ? order.length : found
}

interface StepContext extends Pick<RunTree, 'record' | 'ends'> {
  readonly projectFolder: string
}

/** Of the attempts of one step run, in their order. */
function* stepEvents(attempts: readonly NamedAttempt[], context: StepContext): Generator<RecordedEvent> {
  const { record, ends, projectFolder } = context
  const [first] = attempts
  const last = attempts.at(-1)
  if (first === undefined || last === undefined) return
  const { stepRunId } = first.key
  const stepName = attempts.find((attempt) => attempt.stepName !== undefined)?.stepName ?? stepRunId
  const step = { stepRunId, stepName }
  const startedAt = startOf(first, record.startedAt)
  const operator = last.operator === undefined ? {} : { operator: operatorIn(record.stack, last.operator) }
  yield { type: 'step.started', at: startedAt, ...step, ...operator }
  let before = startedAt
  for (const attempt of attempts) {
    if (attempt.operator !== undefined) yield* attemptEvents(attempt, { step, before, last, projectFolder })
    before = attempt.result?.finishedAt ?? before
  }
  const { result } = last
  if (result === undefined) return
  const common = { at: result.finishedAt, ...step, ...durationsOf(result, startedAt) }
  if (result.status === 'succeeded') {
    yield { type: 'step.succeeded', ...common, cached: result.cached === true, process: result.process }
  } else if (ends.some(({ spent }) => spent[stepRunId] === last.key.attempt)) {
    yield { type: 'step.failed', ...common, error: failureOf(result, stepName, projectFolder) }
  }
}

function* attemptEvents(
  attempt: NamedAttempt,
  about: {
    readonly step: { readonly stepRunId: string; readonly stepName: string }
    readonly before: string
    readonly last: NamedAttempt
    readonly projectFolder: string
  },
): Generator<RecordedEvent> {
  const { step, before, last, projectFolder } = about
  const { key, result } = attempt
  const base = { ...step, attempt: key.attempt }
  yield { type: 'attempt.started', at: startOf(attempt, before), ...base }
  const { image } = attempt
  if (image !== undefined) yield { type: 'attempt.image', at: startOf(attempt, before), ...base, image }
  const handle = handleOf(attempt)
  if (handle !== undefined) {
    const { consoleUrl } = handle as { readonly consoleUrl?: unknown }
    const link = typeof consoleUrl === 'string' ? { consoleUrl } : {}
    yield { type: 'attempt.handle', at: startOf(attempt, before), ...base, handle, ...link }
  }
  if (result === undefined) return
  const error = result.status === 'failed' ? { error: failureOf(result, step.stepName, projectFolder) } : {}
  yield { type: 'attempt.ended', at: result.finishedAt, ...base, willRetry: attempt !== last, ...error }
}

function startOf(attempt: StoredAttempt, before: string): string {
  const { result } = attempt
  const process = result !== undefined && 'process' in result ? result.process : undefined
  return createdAtOf({ ...attempt, startedAt: process?.startedAt ?? before })
}

function durationsOf(
  result: ResultManifest,
  startedAt: string,
): Pick<Extract<RecordedEvent, { readonly type: 'step.succeeded' }>, 'durationMs' | 'phases'> {
  const end = Date.parse(result.finishedAt)
  const durationMs = Math.max(0, end - Date.parse(startedAt))
  if (!('process' in result)) return { durationMs, phases: [] }
  const running = Math.max(0, end - Date.parse(result.process.startedAt))
  return { durationMs, phases: [{ phase: 'running', durationMs: running }] }
}

function failureOf(
  result: Extract<ResultManifest, { readonly status: 'failed' }>,
  stepName: string,
  projectFolder: string,
): SidestepError {
  return stepFailure(result, { stepName, projectFolder, job: {}, cause: undefined })
}

function endEvent({ status, at, durationMs, error }: RunEnd, projectFolder: string): RecordedEvent {
  if (status === 'succeeded') return { type: 'run.succeeded', at, durationMs }
  if (status === 'cancelled') return { type: 'run.cancelled', at, durationMs }
  return { type: 'run.failed', at, durationMs, error: error === undefined ? undefined : runError(error, projectFolder) }
}

function runError(recorded: RunEndError, projectFolder: string): Error {
  const { code, kind, hint, ...serialized } = recorded
  const revived = reviveError(serialized, projectFolder)
  if (code === undefined || kind === undefined) return revived
  const error = new SidestepError(serialized.message, {
    code: code as ErrorCode,
    kind: kind as FailureKind,
    ...(hint === undefined ? {} : { hint }),
    ...(revived.cause === undefined ? {} : { cause: revived.cause }),
  })
  Object.defineProperty(error, 'stack', { value: revived.stack, configurable: true, writable: true })
  return error
}
