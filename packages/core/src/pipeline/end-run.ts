import { inspect, isDeepStrictEqual } from 'node:util'

import { encodeJson } from '../artifact/json-object.ts'
import { endKey } from '../artifact/layout.ts'
import { putOnce } from '../artifact/put-once.ts'
import { serializeError } from '../entrypoint/serialize-error.ts'
import { messageOf, SidestepError } from '../errors.ts'
import type { AttemptOutcome } from '../journal/attempt-record.ts'
import type { JournalAttempt } from '../journal/journal.ts'
import { isTakenOver } from '../journal/launcher.ts'
import { endAttempt } from '../launch/end-attempt.ts'
import { attemptToken } from '../launch/identity.ts'
import type { RunEnd, RunEndError, RunEndStatus } from '../journal/run-record.ts'
import type { OpenRun } from './open-run.ts'

/** A result that is longer stays in the artifacts of the steps, in bytes of JSON. */
const LONGEST_RESULT = 64 * 1024

/** How the pipeline's function ended. */
export type RunOutcome =
  | { readonly status: 'succeeded'; readonly result: unknown }
  | { readonly status: Exclude<RunEndStatus, 'succeeded'>; readonly error: unknown }

export interface EndRunOptions {
  /** Of this launcher's part of the run, in milliseconds. */
  readonly durationMs: number
  readonly warn: (message: string) => void
}

/**
 * Says how a run ended, after what an earlier launcher had begun and nobody came to. An end that cannot be recorded does
 * not change how the run ended: whoever resumes it comes to the same end. Rejects with `RUN_NOT_ENDED` where a job of it
 * may live, with `RUN_TAKEN_OVER` where it is another launcher's.
 */
export async function endRun(run: OpenRun, outcome: RunOutcome, { durationMs, warn }: EndRunOptions): Promise<void> {
  try {
    const uncalled = await endUncalled(run)
    await recordEnd(run, outcome, { uncalled, durationMs })
  } catch (error) {
    if (isTakenOver(error)) throw error
    // Whoever goes on with it need not wait until this process ends.
    await run.launcher.release().catch(() => undefined)
    if (isNotEnded(error)) throw error
    warn(`the end of the run could not be recorded: ${messageOf(error)}`)
  }
}

/** Events are for the eyes: that the last of them could not be kept changes nothing about the run. */
export async function closeJournal({ writer, journal }: OpenRun, warn: (message: string) => void): Promise<void> {
  try {
    await writer.flush()
  } catch (error) {
    if (!isTakenOver(error)) warn(`the last events of the run could not be kept: ${messageOf(error)}`)
  }
  try {
    journal.close()
  } catch (error) {
    warn(`the journal could not be closed: ${messageOf(error)}`)
  }
}

/**
 * Ends what an earlier launcher began and this one never came to: code that changed, or took another way, calls other
 * steps. Returns the last attempts of the step runs that were ended so. Rejects with `RUN_NOT_ENDED`, which names what is
 * left, where a job could not be ended, or nothing could be decided about one: the run has not ended then.
 */
async function endUncalled(run: OpenRun): Promise<ReadonlyMap<string, number>> {
  const { runId, journal, launcher, called } = run
  const attempts = await journal.attempts({ runId, open: true })
  // In a launcher's process, a step is over when the launcher is.
  const open = attempts.filter(({ operator }) => operator !== undefined)
  const undecided = open.filter(({ key }) => called.has(key.stepRunId))
  const uncalled = launcher.n === 1 ? [] : open.filter(({ key }) => !called.has(key.stepRunId))
  const ends = await Promise.allSettled(uncalled.map((attempt) => endOne(attempt, run)))
  const takenOver = ends.find((end) => end.status === 'rejected' && isTakenOver(end.reason))
  if (takenOver?.status === 'rejected') throw takenOver.reason
  const left = [
    ...undecided.map((attempt) => `${nameOf(attempt)}: nothing is decided about it`),
    ...ends.flatMap((end, index) =>
      end.status === 'rejected' ? [`${nameOf(uncalled[index])}: ${messageOf(end.reason)}`] : [],
    ),
  ]
  if (left.length > 0) throw notEnded(runId, left)
  const ended = new Map<string, number>()
  for (const [index, { key }] of uncalled.entries()) {
    const end = ends[index]
    if (end?.status !== 'fulfilled' || end.value.status === 'succeeded') continue
    ended.set(key.stepRunId, Math.max(key.attempt, ended.get(key.stepRunId) ?? 0))
  }
  return ended
}

async function endOne(
  { key, operator: name = '', stepName = key.stepRunId }: JournalAttempt,
  run: OpenRun,
): Promise<AttemptOutcome> {
  const { operators, salt, store, clock, random, events } = run
  const token = attemptToken({ ...key, salt })
  return endAttempt({
    key,
    operator: await operators.get(name),
    token,
    reason: 'the run ended without it',
    store,
    record: run.attempts({ stepName, operator: name, token }).attempt(key),
    clock,
    random,
    // Also where the run is being cancelled: nothing of it stays behind.
    signal: new AbortController().signal,
    warn: (message) => events.publish({ type: 'warning', at: clock.date().toISOString(), stepName, message }),
  })
}

function nameOf(attempt: JournalAttempt | undefined): string {
  return attempt === undefined
    ? 'a job'
    : `${attempt.stepName ?? attempt.key.stepRunId}, attempt ${attempt.key.attempt}`
}

/** Whether this is the error of a run that has ended in all but some job of it. */
export function isNotEnded(error: unknown): boolean {
  return SidestepError.isInstance(error) && error.code === 'RUN_NOT_ENDED'
}

function notEnded(runId: string, left: readonly string[]): SidestepError {
  return new SidestepError(`the run ${runId} has not ended, since jobs of it may live: ${left.join('; ')}`, {
    code: 'RUN_NOT_ENDED',
    kind: 'infra',
    hint: `\`sidestep runs resume ${runId}\` goes on with it, \`sidestep runs cancel ${runId}\` ends it.`,
  })
}

/** Says for good how the run ended under this launcher. */
async function recordEnd(
  run: OpenRun,
  outcome: RunOutcome,
  { uncalled, durationMs }: { readonly uncalled: ReadonlyMap<string, number>; readonly durationMs: number },
): Promise<void> {
  const { runId, launcher, writer, store, clock, decided } = run
  const end: RunEnd = {
    version: 1,
    n: launcher.n,
    status: outcome.status,
    at: clock.date().toISOString(),
    durationMs,
    ...('error' in outcome ? { error: describeError(outcome.error) } : describeResult(outcome.result)),
    // A failure that the pipeline lived with is part of how it succeeded.
    spent: Object.fromEntries(outcome.status === 'succeeded' ? uncalled : decided.failed),
  }
  writer.check()
  await launcher.check()
  await putOnce(store, endKey(runId, launcher.n), encodeJson(end))
  try {
    await writer.end(end)
  } catch (error) {
    // From the moment that the end was there, anybody may go on with the run.
    if (!isTakenOver(error)) throw error
  }
}

function describeError(error: unknown): RunEndError {
  const serialized = serializeError(error, {})
  if (!SidestepError.isInstance(error)) return serialized
  const { code, kind, hint } = error
  const { properties: _properties, ...rest } = serialized
  return { ...rest, code, kind, ...(hint === undefined ? {} : { hint }) }
}

function describeResult(result: unknown): Pick<RunEnd, 'result' | 'resultText'> {
  if (result === undefined) return {}
  const json = jsonOf(result)
  return json === undefined ? { resultText: inspect(result, { depth: 4 }).slice(0, LONGEST_RESULT) } : { result: json }
}

function jsonOf(value: unknown): unknown {
  try {
    const json = JSON.stringify(value)
    if (json === undefined || json.length > LONGEST_RESULT) return undefined
    const read: unknown = JSON.parse(json)
    return isDeepStrictEqual(read, value) ? read : undefined
  } catch {
    // Circles and big integers: shown as text.
    return undefined
  }
}
