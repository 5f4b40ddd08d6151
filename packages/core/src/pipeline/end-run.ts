import { inspect, isDeepStrictEqual } from 'node:util'

import { encodeJson } from '../artifact/json-object.ts'
import { endKey } from '../artifact/layout.ts'
import { putOnce } from '../artifact/put-once.ts'
import { serializeError } from '../entrypoint/serialize-error.ts'
import { SidestepError } from '../errors.ts'
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

/**
 * Ends what an earlier launcher began and this one never came to: code that changed, or took another way, calls other
 * steps. Returns the last attempts of the step runs that were ended so.
 */
export async function endUncalled(run: OpenRun): Promise<ReadonlyMap<string, number>> {
  const { runId, journal, launcher, operators, salt, store, clock, random, events } = run
  const ended = new Map<string, number>()
  if (launcher.n === 1) return ended
  for (const { key, operator: name, stepName = key.stepRunId } of await journal.attempts({ runId, open: true })) {
    // In this process, a step is over when its launcher is.
    if (name === undefined) continue
    const token = attemptToken({ ...key, salt })
    const outcome = await endAttempt({
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
    if (outcome.status !== 'succeeded') ended.set(key.stepRunId, Math.max(key.attempt, ended.get(key.stepRunId) ?? 0))
  }
  return ended
}

/** Says for good how the run ended under this launcher. */
export async function recordEnd(
  run: OpenRun,
  outcome: RunOutcome,
  { spent, durationMs }: { readonly spent: Readonly<Record<string, number>>; readonly durationMs: number },
): Promise<void> {
  const { runId, launcher, writer, store, clock } = run
  const end: RunEnd = {
    version: 1,
    n: launcher.n,
    status: outcome.status,
    at: clock.date().toISOString(),
    durationMs,
    ...('error' in outcome ? { error: describeError(outcome.error) } : describeResult(outcome.result)),
    spent,
  }
  writer.check()
  await launcher.check()
  await putOnce(store, endKey(runId, launcher.n), encodeJson(end))
  await writer.end(end)
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
