import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeJson, encodeJson } from '../artifact/json-object.ts'
import { ownerKey, resultKey, specKey, type AttemptKey } from '../artifact/layout.ts'
import type { OwnerRecord, ResultManifest, SuccessManifest } from '../artifact/manifest.ts'
import { persist } from '../artifact/persist.ts'
import { putOnce } from '../artifact/put-once.ts'
import type { Clock } from '../clock.ts'
import { SidestepError, type FailureKind } from '../errors.ts'
import { atPoint } from '../events.ts'
import { readResult } from '../entrypoint/ownership.ts'
import type { AttemptRecord } from '../journal/attempt-record.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { backoffMs } from '../watch/backoff.ts'
import { lastLogLines } from '../watch/follow-logs.ts'
import { checkCapabilities } from './check-capabilities.ts'
import { isDetached, launchError } from './launch-error.ts'
import { createLaunchContext } from './launch-context.ts'
import { judge, settlement, type LaunchEnd } from './outcome.ts'
import { shouldRetry } from './retry.ts'
import { stepFailure } from './step-failure.ts'
import type { StepRunLaunch } from './step-run-launch.ts'

/** Log lines that the error of a failed attempt carries. */
const LAST_LINES = 20

/** Runs the attempts of one step run until one succeeds, or none may follow. */
export async function launchStepRun(launch: StepRunLaunch): Promise<SuccessManifest> {
  const { info, observer, clock, random, signal } = launch
  const { retry } = info.config
  const kinds: FailureKind[] = []
  for (let attempt = 1; ; attempt += 1) {
    const key: AttemptKey = { runId: info.runId, stepRunId: info.stepRunId, attempt }
    const end = await runAttempt(launch, key)
    if (end.succeeded) return end.manifest
    kinds.push(end.error.kind)
    const willRetry = !signal.aborted && shouldRetry(retry, kinds)
    await observer.ended(key, { error: end.error, willRetry })
    if (!willRetry) throw end.error
    await atPoint('9.retry', key, () =>
      clock.sleep(backoffMs(kinds.length - 1, { firstMs: 1_000, longestMs: 60_000, random }), { signal }),
    )
  }
}

type AttemptEnd =
  | { readonly succeeded: true; readonly manifest: SuccessManifest }
  | { readonly succeeded: false; readonly error: SidestepError }

async function runAttempt(launch: StepRunLaunch, key: AttemptKey): Promise<AttemptEnd> {
  const { store, observer, info } = launch
  observer.started(key)
  // A manifest that is there already decides: this launch was interrupted, or another launcher was faster.
  const decided = await readManifest(key, store)
  const end: LaunchEnd = decided === undefined ? await launchOnce(launch, key) : { ok: true }
  const manifest = decided ?? (await readManifest(key, store)) ?? (await settle(key, end, launch))
  const outcome = judge(manifest, end)
  if (outcome.succeeded) {
    if (outcome.warning !== undefined) observer.report(key, { type: 'warning', message: outcome.warning })
    await observer.ended(key, { willRetry: false })
    return { succeeded: true, manifest: outcome.manifest }
  }
  const own = (await lastLogLines(key, store, LAST_LINES)).map(({ text }) => text)
  const known = end.ok ? undefined : end.error.job
  const job = { ...known, lastLogLines: own.length > 0 ? own : (known?.lastLogLines ?? []) }
  const { stepName, projectFolder } = info
  const error = stepFailure(outcome.manifest, {
    stepName,
    projectFolder,
    job,
    cause: end.ok ? undefined : end.error.cause,
  })
  return { succeeded: false, error }
}

/** Calls the operator's `launch()` until its attempt is decided or can be given up safely. */
async function launchOnce(launch: StepRunLaunch, key: AttemptKey): Promise<LaunchEnd> {
  const { operator, store, journal, clock, random } = launch
  const info: StepRunInfo = { ...launch.info, attempt: key.attempt }
  const record = journal.attempt(key)
  for (let again = 0; ; again += 1) {
    const end = await tryLaunch(operator, info, { launch, key, record })
    if (end.ok) return end
    if (isDetached(end.error)) {
      await launch.observer.ended(key, { error: end.error, willRetry: false })
      throw end.error
    }
    // A create whose answer never came may still arrive: nothing it starts may run user code any more.
    const { creates, handle } = await record.read()
    if (!operator.capabilities.adopt || creates.length === 0 || handle !== undefined) return end
    const owner = await closeOwner(key, end.error.message, { store, clock })
    if ('closed' in owner) return end
    launch.observer.report(key, {
      type: 'warning',
      message: 'its job is alive although its creation seemed to fail; it is looked for',
    })
    await clock.sleep(backoffMs(again, { firstMs: 500, longestMs: 30_000, random }))
  }
}

async function tryLaunch(
  operator: BaseStepOperator<any, any>,
  info: StepRunInfo,
  { launch, key, record }: { readonly launch: StepRunLaunch; readonly key: AttemptKey; readonly record: AttemptRecord },
): Promise<LaunchEnd> {
  try {
    checkCapabilities(operator, info)
    const { context, command, spec } = await createLaunchContext(launch, { key, record, info })
    await atPoint('3.spec', key, () => putOnce(launch.store, specKey(key), encodeJson(spec)))
    await operator.launch(info, command, context)
    return { ok: true }
  } catch (error) {
    return { ok: false, error: asStepError(error, launch.signal) }
  }
}

function asStepError(error: unknown, signal: AbortSignal): SidestepError {
  if (SidestepError.isInstance(error)) return error
  if (signal.aborted) return launchError('stopped', 'stopped before its end', { cause: error })
  const message = error instanceof Error ? error.message : String(error)
  return launchError('infra', `the step operator failed: ${message}`, { cause: error, code: 'LAUNCH_FAILED' })
}

async function readManifest(key: AttemptKey, store: ArtifactStore): Promise<ResultManifest | undefined> {
  return atPoint('8.read-result', key, () => persist(() => readResult(key, store)))
}

/** Puts the result that the job did not leave. Whoever put one first is obeyed. */
async function settle(key: AttemptKey, end: LaunchEnd, { store, clock }: StepRunLaunch): Promise<ResultManifest> {
  return atPoint('8.settle', key, async () => {
    const { bytes } = await putOnce(store, resultKey(key), encodeJson(settlement(end, clock.date().toISOString())))
    return decodeJson(bytes, `${store.uri}/${resultKey(key)}`) as ResultManifest
  })
}

async function closeOwner(
  key: AttemptKey,
  reason: string,
  { store, clock }: { readonly store: ArtifactStore; readonly clock: Clock },
): Promise<OwnerRecord> {
  return atPoint('5.close-owner', key, async () => {
    const { bytes } = await putOnce(
      store,
      ownerKey(key),
      encodeJson({ closed: reason, at: clock.date().toISOString() }),
    )
    return decodeJson(bytes, `${store.uri}/${ownerKey(key)}`) as OwnerRecord
  })
}
