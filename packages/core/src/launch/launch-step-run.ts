import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeJson, encodeJson } from '../artifact/json-object.ts'
import { ownerKey, resultKey, specKey, type AttemptKey } from '../artifact/layout.ts'
import type { OwnerRecord, ResultManifest, SuccessManifest } from '../artifact/manifest.ts'
import { putOnce } from '../artifact/put-once.ts'
import type { Clock } from '../clock.ts'
import { messageOf, SidestepError, type FailureKind } from '../errors.ts'
import { atPoint } from '../events.ts'
import { readResult } from '../entrypoint/ownership.ts'
import type { AttemptRecord } from '../journal/attempt-record.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { backoffMs } from '../watch/backoff.ts'
import { lastLogLines } from '../watch/follow-logs.ts'
import { untilSilent } from '../watch/heartbeat-watch.ts'
import { checkCapabilities } from './check-capabilities.ts'
import { detachedError, isDetached, launchError } from './launch-error.ts'
import { LaunchBudget, limitOf } from './launch-budget.ts'
import { createLaunchContext } from './launch-context.ts'
import { numbersItsCreates } from './numbers-its-creates.ts'
import { judge, settlement, type LaunchEnd } from './outcome.ts'
import { shouldRetry } from './retry.ts'
import { stepFailure } from './step-failure.ts'
import type { AttemptObserver, StepRunLaunch } from './step-run-launch.ts'

/** Log lines that the error of a failed attempt carries. */
const LAST_LINES = 20

/** Runs the attempts of one step run until one succeeds, or none may follow. */
export async function launchStepRun(launch: StepRunLaunch): Promise<SuccessManifest> {
  const { info, observer, clock, random, signal } = launch
  const { retry } = info.config
  const kinds: FailureKind[] = []
  for (let attempt = 1; ; attempt += 1) {
    const key: AttemptKey = { runId: info.runId, stepRunId: info.stepRunId, attempt }
    const end = await runOrLeave(launch, key)
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

/**
 * An attempt stays open where the store stays away: nothing can be decided without it. A job that was created is then
 * left running, and said to be.
 */
async function runOrLeave(launch: StepRunLaunch, key: AttemptKey): Promise<AttemptEnd> {
  const { observer } = launch
  let handle: object | undefined
  const watching: AttemptObserver = {
    started: (attempt) => observer.started(attempt),
    ended: async (attempt, end) => observer.ended(attempt, end),
    report: (attempt, event) => {
      if (event.type === 'handle') handle = event.handle
      observer.report(attempt, event)
    },
  }
  try {
    return await runAttempt({ ...launch, observer: watching }, key)
  } catch (cause) {
    if (handle === undefined || !SidestepError.isInstance(cause) || cause.code !== 'STORE_FAILED') throw cause
    const message = `the step ${launch.info.stepName} is undecided, and its job was left as it was: ${cause.message}`
    const error = detachedError('infra', message, { handle, cause })
    await observer.ended(key, { error, willRetry: false })
    throw error
  }
}

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
  const own = await lastLines(key, launch)
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

/** Why the step failed must not hang on whether its log can be read. */
async function lastLines(key: AttemptKey, { store, observer }: StepRunLaunch): Promise<readonly string[]> {
  try {
    return (await lastLogLines(key, store, LAST_LINES)).map(({ text }) => text)
  } catch (error) {
    observer.report(key, { type: 'warning', message: `its log could not be read: ${messageOf(error)}` })
    return []
  }
}

/** Calls the operator's `launch()` until its attempt is decided or can be given up safely. */
async function launchOnce(launch: StepRunLaunch, key: AttemptKey): Promise<LaunchEnd> {
  const { operator, store, journal, clock } = launch
  const info: StepRunInfo = { ...launch.info, attempt: key.attempt }
  const record = journal.attempt(key)
  let ownerNonce: string | undefined
  while (true) {
    const end = await tryLaunch(operator, info, { launch, key, record, ownerNonce })
    if (end.ok) return end
    if (isDetached(end.error)) {
      await launch.observer.ended(key, { error: end.error, willRetry: false })
      throw end.error
    }
    const { creates, handle } = await record.read()
    // A job that was watched to its end is over; where nothing was created, nothing can begin.
    if (creates.length === 0 || handle !== undefined) return end
    // A create whose answer never came may still arrive: nothing it starts may run user code any more.
    const owner = await closeOwner(key, end.error.message, { store, clock })
    if ('closed' in owner) return end
    if (!operator.capabilities.adopt) return endOfTaken(end, launch, key)
    ownerNonce = owner.nonce
    const message = 'its job is alive although its creation seemed to fail; it is looked for'
    launch.observer.report(key, { type: 'warning', message })
  }
}

/** Kinds by which an operator says for certain that its job is over. */
const OVER: readonly FailureKind[] = ['step', 'oom', 'timeout', 'stopped']

/**
 * The end of an attempt that a job had taken, of an operator that cannot find jobs again. Where the operator does not
 * say that the job is over, it may still run: its result, or the end of its heartbeat, is waited for.
 */
async function endOfTaken(
  end: LaunchEnd & { readonly ok: false },
  { store, clock, signal, observer }: StepRunLaunch,
  key: AttemptKey,
): Promise<LaunchEnd> {
  if (OVER.includes(end.error.kind)) return end
  const { message, cause } = end.error
  observer.report(key, { type: 'warning', message: `${message}: its job may still run, and is waited for` })
  await untilSilent(key, { store, clock, signal })
  return { ok: false, error: launchError('infra', message, { code: end.error.code, cause }) }
}

interface TryOptions {
  readonly launch: StepRunLaunch
  readonly key: AttemptKey
  readonly record: AttemptRecord
  readonly ownerNonce: string | undefined
}

async function tryLaunch(
  operator: BaseStepOperator<any, any>,
  info: StepRunInfo,
  { launch, key, record, ownerNonce }: TryOptions,
): Promise<LaunchEnd> {
  const limit = numbersItsCreates(operator) ? undefined : limitOf(info.config.timeouts)
  using budget = new LaunchBudget(launch.signal, limit)
  const { signal } = budget
  try {
    checkCapabilities(operator, info)
    const { context, command, spec } = await createLaunchContext(launch, { key, record, info, signal, ownerNonce })
    await atPoint('3.spec', key, () => putOnce(launch.store, specKey(key), encodeJson(spec)))
    await operator.launch(info, command, context)
    return { ok: true }
  } catch (error) {
    return { ok: false, error: budget.exceeded ?? asStepError(error, launch.signal) }
  }
}

function asStepError(error: unknown, signal: AbortSignal): SidestepError {
  if (SidestepError.isInstance(error)) return error
  if (signal.aborted) return launchError('stopped', 'stopped before its end', { cause: error })
  return launchError('infra', `the step operator failed: ${messageOf(error)}`, { cause: error, code: 'LAUNCH_FAILED' })
}

async function readManifest(key: AttemptKey, store: ArtifactStore): Promise<ResultManifest | undefined> {
  return atPoint('8.read-result', key, () => readResult(key, store))
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
