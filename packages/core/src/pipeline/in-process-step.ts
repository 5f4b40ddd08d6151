import { hostname } from 'node:os'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeInput } from '../artifact/encode-input.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { outputsPrefix, resultKey, specKey, type AttemptKey } from '../artifact/layout.ts'
import type { ResultManifest, SuccessManifest } from '../artifact/manifest.ts'
import { putOnce } from '../artifact/put-once.ts'
import { saveValue } from '../artifact/save-value.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import { serializeError } from '../entrypoint/serialize-error.ts'
import { configError, messageOf, SidestepError } from '../errors.ts'
import { launchError } from '../launch/launch-error.ts'
import { withinStep } from '../step/current-run.ts'
import type { FunctionStepDefinition } from '../step/definition.ts'
import type { StepContext } from '../step/step-context.ts'

/** In-process steps have one incarnation: they run again from the start, or not at all. */
const INCARNATION = 1

export interface InProcessStep {
  readonly definition: FunctionStepDefinition
  readonly key: AttemptKey
  readonly pipeline: string
  readonly input: StoredValue | undefined
  readonly store: ArtifactStore
  readonly signal: AbortSignal
  readonly log: (message: string) => void
  /** Stands in the manifest as a job's nonce would. */
  readonly nonce: string
}

/** Runs a step in this process, at least once. Its spec and result are stored like those of any other. */
export async function runInProcess(step: InProcessStep): Promise<SuccessManifest> {
  const { definition, key, pipeline, input, store, signal } = step
  const startedAt = new Date().toISOString()
  const body = { kind: 'function', ...(input === undefined ? {} : { input }) }
  await putOnce(
    store,
    specKey(key),
    encodeJson({ version: 1, ...key, pipeline, stepName: definition.name, inProcess: true, body }),
  )
  const finish = async (manifest: object): Promise<ResultManifest> => {
    const whole = { version: 1, nonce: step.nonce, incarnation: INCARNATION, ...manifest } as ResultManifest
    await putOnce(store, resultKey(key), encodeJson(whole))
    return whole
  }
  const common = {
    process: {
      host: hostname(),
      pid: process.pid,
      startedAt,
      nodeVersion: process.version,
      module: definition.file ?? '',
      folder: process.cwd(),
    },
    logs: { chunks: 0, lines: 0 },
  }
  try {
    const output = await orAborted(call(step), signal)
    const value = await saveValue(output, {
      store,
      key: `${outputsPrefix({ ...key, incarnation: INCARNATION })}/value`,
      signal,
    })
    const finishedAt = new Date().toISOString()
    return (await finish({ ...common, status: 'succeeded', finishedAt, outputs: { value } })) as SuccessManifest
  } catch (error) {
    const failure = failureOf(error, definition.name, signal)
    await finish({
      ...common,
      status: 'failed',
      finishedAt: new Date().toISOString(),
      kind: failure.kind,
      error: serializeError(error, {}),
    })
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
