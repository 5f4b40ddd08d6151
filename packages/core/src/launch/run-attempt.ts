import type { AttemptKey } from '../artifact/layout.ts'
import type { FailedManifest, SuccessManifest } from '../artifact/manifest.ts'
import { messageOf, SidestepError } from '../errors.ts'
import type { AttemptRecord, AttemptState } from '../journal/attempt-record.ts'
import { isTakenOver } from '../journal/launcher.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { lastLogLines } from '../watch/follow-logs.ts'
import { imageOf } from './attempt-image.ts'
import { checkCapabilities } from './check-capabilities.ts'
import { closeOwner, readManifest, settle, type Deciding } from './decide.ts'
import { LaunchBudget, limitOf } from './launch-budget.ts'
import { commandOf, createLaunchContext, prepareSpec, writeSpec } from './launch-context.ts'
import { endAsAsked, readEnding } from './ending-record.ts'
import { isDetached, isUndecided, launchError, undecidedError } from './launch-error.ts'
import { numbersItsCreates } from './numbers-its-creates.ts'
import { cancelOthers, isHandleOf, listedJobs } from './other-jobs.ts'
import { judge, type FailedLaunch, type LaunchEnd } from './outcome.ts'
import { stepFailure } from './step-failure.ts'
import type { StepRunLaunch } from './step-run-launch.ts'
import { takenOverBy } from './stop-request.ts'
import { endOfTaken, takeUp } from './take-up.ts'

/** Log lines that the error of a failed attempt carries. */
const LAST_LINES = 20

const WITHOUT_RESULT: FailedLaunch = {
  ok: false,
  error: launchError('infra', 'the provider says that the job succeeded, but it left no result'),
}

/** How an attempt was decided. `replayed`: before this launch. */
export type AttemptEnd =
  | { readonly succeeded: true; readonly manifest: SuccessManifest }
  | {
      readonly succeeded: false
      readonly manifest: FailedManifest
      readonly error: SidestepError
      readonly replayed: boolean
    }

/** Brings one attempt to its decision. Rejects where it stays open: its job was left, or nothing could be decided. */
export async function runAttempt(launch: StepRunLaunch, key: AttemptKey, record: AttemptRecord): Promise<AttemptEnd> {
  const { store, clock, observer, info } = launch
  // A manifest that is there already decides: an earlier launch was interrupted, or another launcher was faster.
  const decided = await readManifest(key, store)
  const end: LaunchEnd = decided === undefined ? await launchUntilOver(launch, key, record) : { ok: true }
  const manifest = decided ?? (await readManifest(key, store)) ?? (await settle(key, end, { store, clock, record }))
  const outcome = judge(manifest, end)
  if (outcome.succeeded) {
    if (outcome.warning !== undefined) observer.report(key, { type: 'warning', message: outcome.warning })
    return { succeeded: true, manifest: outcome.manifest }
  }
  const own = await lastLines(key, launch)
  const known = end.ok ? undefined : end.error.job
  const job = { ...known, lastLogLines: own.length > 0 ? own : (known?.lastLogLines ?? []) }
  const { stepName, projectFolder } = info
  const cause = end.ok ? undefined : end.error.cause
  const error = stepFailure(outcome.manifest, { stepName, projectFolder, job, cause })
  return { succeeded: false, manifest: outcome.manifest, error, replayed: decided !== undefined }
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

/** Calls the operator's `launch()` until its attempt is over, or can be given up safely. */
async function launchUntilOver(launch: StepRunLaunch, key: AttemptKey, record: AttemptRecord): Promise<LaunchEnd> {
  const { operator, store, clock, observer } = launch
  const deciding: Deciding = { store, clock, record }
  let state = await record.read()
  const begun = await takeUp(launch, key, { record, state })
  if ('end' in begun) return begun.end
  let { ownerNonce } = begun
  const asked = state.creates.length === 0 ? undefined : await readEnding(key, store)
  while (true) {
    const ended = await tryLaunch(launch, key, { record, state, ownerNonce })
    const end = launch.signal.aborted ? ended : endAsAsked(ended, asked)
    if (end.ok && !numbersItsCreates(operator)) return end
    state = await record.read()
    // Where nothing was created, nothing can begin; an only job that was watched to its end is over.
    const { creates, handle } = state
    if (creates.length === 0 || (creates.length === 1 && handle !== undefined)) return end
    // A create whose answer never came may still arrive: nothing it starts may run user code any more.
    const taken = await takenBy(key, end, deciding)
    const after = { key, state, record }
    const jobs = await listedJobs(launch, after)
    // What has taken the attempt and was watched, or looked for in vain, is over.
    if (taken === undefined || taken.over || taken.nonce === ownerNonce || isHandleOf(taken.nonce, jobs, state)) {
      await cancelOthers(launch, jobs, { ...after, nonce: taken?.nonce })
      return end
    }
    if (end.ok || operator.capabilities.adopt) ownerNonce = taken.nonce
    else return endOfTaken(end, launch, key)
    const message = 'another job of the attempt has taken it, and is alive as far as is known; it is looked for'
    observer.report(key, { type: 'warning', message })
  }
}

/** Which job has taken an attempt, and whether it has left its result; `undefined` where none may take it any more. */
async function takenBy(
  key: AttemptKey,
  end: LaunchEnd,
  deciding: Deciding,
): Promise<{ readonly nonce: string; readonly over: boolean } | undefined> {
  const manifest = end.ok ? await readManifest(key, deciding.store) : undefined
  if (manifest !== undefined) return 'nonce' in manifest ? { nonce: manifest.nonce, over: true } : undefined
  const owner = await closeOwner(key, end.ok ? WITHOUT_RESULT : end, deciding)
  return 'closed' in owner ? undefined : { nonce: owner.nonce, over: false }
}

interface TryOptions {
  readonly record: AttemptRecord
  readonly state: AttemptState
  readonly ownerNonce: string | undefined
}

/** One call of `launch()`, with the image that it needs. Rejects where its end says nothing about the job: the attempt stays open. */
async function tryLaunch(launch: StepRunLaunch, key: AttemptKey, options: TryOptions): Promise<LaunchEnd> {
  const { operator, store } = launch
  const { record, state, ownerNonce } = options
  const asked: StepRunInfo = { ...launch.info, attempt: key.attempt }
  const plain = !numbersItsCreates(operator)
  const adopts = operator.capabilities.adopt && state.handle !== undefined
  let budget: LaunchBudget | undefined
  let launching = false
  try {
    const checked = checkCapabilities(operator, asked, launch.flavors)
    // A job that is there is not given up because it could not be asked for any more.
    const known = await (adopts ? checked.catch(() => asked) : checked)
    const image = adopts ? undefined : await imageOf(launch, key, state)
    const info: StepRunInfo = image === undefined ? known : { ...known, image: image.image }
    // A build has no limit: they count from the create.
    const limitMs = limitOf(asked.config.timeouts)
    if (plain) budget = new LaunchBudget(launch.signal, { limitMs, clock: launch.clock })
    const signal = budget?.signal ?? launch.signal
    const { spec, secrets } = prepareSpec(launch, key, { adopts, image })
    if (!adopts) await writeSpec(spec, key, { store, record, state })
    const context = await createLaunchContext(launch, { key, record, info, secrets, signal, ownerNonce })
    launching = true
    const launched = operator.launch(info, commandOf(key, store, image), context)
    await (budget === undefined ? launched : budget.wait(launched))
    return { ok: true }
  } catch (thrown) {
    const takenOver = isTakenOver(thrown) ? thrown : takenOverBy(launch.signal)
    if (takenOver !== undefined) throw takenOver
    const error = budget?.exceeded ?? asStepError(thrown, launch.signal)
    if (isDetached(error) || isUndecided(error) || isOutage(error)) throw error
    if (!launching && state.creates.length > 0) throw leftAsItWas(error, state)
    return { ok: false, error }
  } finally {
    budget?.[Symbol.dispose]()
  }
}

/** What the launcher cannot read or write says nothing about a job. */
function isOutage({ code }: SidestepError): boolean {
  return code === 'STORE_FAILED' || code === 'JOURNAL_FAILED'
}

/** A job that may be there must not be given up because this launcher lacks something. */
function leftAsItWas({ kind, code, message, hint, cause }: SidestepError, { handle }: AttemptState): SidestepError {
  return undecidedError(kind, `${message}; the job that an earlier launcher began was left as it was`, {
    code,
    handle: (handle as { readonly handle?: object } | undefined)?.handle ?? {},
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  })
}

function asStepError(error: unknown, signal: AbortSignal): SidestepError {
  if (SidestepError.isInstance(error)) return error
  if (signal.aborted) return launchError('stopped', 'stopped before its end', { cause: error })
  return launchError('infra', `the step operator failed: ${messageOf(error)}`, { cause: error, code: 'LAUNCH_FAILED' })
}
