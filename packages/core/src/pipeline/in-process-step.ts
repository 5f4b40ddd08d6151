import { randomBytes } from 'node:crypto'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeInput } from '../artifact/encode-input.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { outputsPrefix, resultKey, specKey, type AttemptKey } from '../artifact/layout.ts'
import type { ResultManifest, SuccessManifest } from '../artifact/manifest.ts'
import { putOnce } from '../artifact/put-once.ts'
import { saveValue } from '../artifact/save-value.ts'
import { putJsonOnce } from '../artifact/stored-json.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import { readResult } from '../entrypoint/ownership.ts'
import { serializeError } from '../entrypoint/serialize-error.ts'
import { configError, messageOf, SidestepError } from '../errors.ts'
import type { LaunchRecord } from '../journal/attempt-record.ts'
import { isTakenOver } from '../journal/launcher.ts'
import { launchError } from '../launch/launch-error.ts'
import { stepFailure } from '../launch/step-failure.ts'
import { stopCauseOf } from '../launch/stop-request.ts'
import { withinStep } from '../step/current-run.ts'
import type { FunctionStepDefinition } from '../step/definition.ts'
import type { StepContext } from '../step/step-context.ts'
import { launcherProcess } from './launcher-process.ts'

export interface InProcessStep {
  readonly definition: FunctionStepDefinition
  readonly key: AttemptKey
  readonly pipeline: string
  readonly input: StoredValue | undefined
  readonly store: ArtifactStore
  readonly record: LaunchRecord
  readonly signal: AbortSignal
  readonly log: (message: string) => void
  /** The number of the run's launcher: each of them runs the step from its start, as an incarnation of its own. */
  readonly launcher: number
  readonly projectFolder: string
}

/**
 * Runs a step in this process, at least once: what a launcher left undecided, the next one runs again. Its spec and
 * result are stored like those of any other.
 */
export async function runInProcess(step: InProcessStep): Promise<SuccessManifest> {
  const { key, store, record } = step
  // A success has been kept already: an earlier launcher saw this step fail, and the pipeline went on from there.
  const manifest = (await readResult(key, store)) ?? (await runHere(step))
  if (manifest.status === 'succeeded') {
    await record.ended({ status: 'succeeded' }, {})
    return manifest
  }
  await record.ended({ status: 'failed', kind: manifest.kind }, {})
  const { definition, projectFolder } = step
  throw stepFailure(manifest, { stepName: definition.name, projectFolder, job: {}, cause: undefined })
}

async function runHere(step: InProcessStep): Promise<ResultManifest> {
  const { definition, key, pipeline, input, store, record, signal, launcher: incarnation } = step
  const body = { kind: 'function', ...(input === undefined ? {} : { input }) }
  const { name: stepName } = definition
  await putOnce(store, specKey(key), encodeJson({ version: 1, ...key, pipeline, stepName, inProcess: true, body }))
  /** Puts the result. Whoever put one first is obeyed. */
  const finish = async (manifest: object): Promise<ResultManifest> => {
    await record.checkOwner()
    const whole = { version: 1, nonce: randomBytes(16).toString('hex'), incarnation, ...manifest } as ResultManifest
    return (await putJsonOnce(store, resultKey(key), whole)) as ResultManifest
  }
  const common = {
    process: launcherProcess(definition.file),
    logs: { chunks: 0, lines: 0 },
  }
  try {
    const output = await orAborted(call(step), signal)
    const at = `${outputsPrefix({ ...key, incarnation })}/value`
    const value = await saveValue(output, { store, key: at, signal })
    const finishedAt = new Date().toISOString()
    return await finish({ ...common, status: 'succeeded', finishedAt, outputs: { value } })
  } catch (error) {
    // Whoever lost the run decides nothing any more.
    if (isTakenOver(error) || (signal.aborted && stopCauseOf(signal.reason) === 'taken-over')) throw error
    const failure = failureOf(error, stepName, signal)
    const finishedAt = new Date().toISOString()
    const { kind } = failure
    const decided = await finish({ ...common, status: 'failed', finishedAt, kind, error: serializeError(error, {}) })
    if (decided.status === 'succeeded') return decided
    await record.ended({ status: 'failed', kind: failure.kind, reason: failure.message }, {})
    // Not made of what was stored: the very error that was thrown is its cause.
    throw failure
  }
}

async function call({ definition, key, input, store, signal, log }: InProcessStep): Promise<unknown> {
  const value = await decodeInput(input, { store, signal })
  const context: StepContext = { signal, log, attempt: key.attempt, rank: 0, size: 1 }
  return withinStep(definition.name, async () => definition.run(value, context))
}

/** A step that does not listen to its signal is not waited for. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function failureOf(error: unknown, stepName: string, signal: AbortSignal): SidestepError {
  if (signal.aborted && error === signal.reason) {
    return launchError('stopped', `the step ${stepName} was stopped: ${messageOf(error)}`)
  }
  if (SidestepError.isInstance(error)) {
    return launchError(error.kind === 'config' ? 'step' : error.kind, `the step ${stepName} failed: ${error.message}`, {
      code: error.code,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
  const named = error instanceof Error && error.name !== 'Error' ? `${error.name}: ${error.message}` : messageOf(error)
  return launchError('step', `the step ${stepName} failed: ${named}`, { cause: error })
}

/** Refuses what only a job can have. */
export function checkInProcess(definition: FunctionStepDefinition): void {
  const { config, name } = definition
  const jobOnly = (
    ['resources', 'docker', 'timeouts', 'secrets', 'environment', 'settings', 'retry', 'cancel'] as const
  ).filter((option) => config[option] !== undefined)
  if (jobOnly.length === 0) return
  throw configError(
    'CONFIG_INVALID',
    `the step ${name} runs in this process, which cannot give it ${jobOnly.join(', ')}`,
    'Add `stepOperator: true` to the step, so that it gets a job of its own.',
  )
}
