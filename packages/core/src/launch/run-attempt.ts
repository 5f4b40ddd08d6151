import type { AttemptKey } from '../artifact/layout.ts'
import type { FailedManifest, ResultManifest, SuccessManifest } from '../artifact/manifest.ts'
import { hintOfExit } from '../entrypoint/job-exit.ts'
import { messageOf, SidestepError } from '../errors.ts'
import type { AttemptRecord, AttemptState } from '../journal/attempt-record.ts'
import { isTakenOver } from '../journal/launcher.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { flavorOf } from '../stack/component.ts'
import { hiderFor } from '../stack/hidden-values.ts'
import { lastLogLines } from '../watch/follow-logs.ts'
import { imageOf } from './attempt-image.ts'
import { checkCapabilities } from './check-capabilities.ts'
import { closeOwner, readAttemptOwner, readManifest, settle, type Deciding } from './decide.ts'
import { LaunchBudget, limitOf } from './launch-budget.ts'
import { FirstSign } from './first-sign.ts'
import { splitSecrets } from './handed-secrets.ts'
import { commandOf, createLaunchContext, prepareSpec, writeSpec } from './launch-context.ts'
import { endAsAsked, readEnding } from './ending-record.ts'
import { isDetached, isUndecided, launchError, undecidedError } from './launch-error.ts'
import { numbersItsCreates } from './numbers-its-creates.ts'
import { cancelOthers, isHandleOf, listedJobs } from './other-jobs.ts'
import { judge, type FailedLaunch, type LaunchEnd } from './outcome.ts'
import { stepFailure } from './step-failure.ts'
import type { AttemptLaunch, StepRunLaunch } from './step-run-launch.ts'
import { takenOverBy } from './stop-request.ts'
import { endOfTaken, takeUp } from './take-up.ts'

/** Log lines that the error of a failed attempt carries. */
const LAST_LINES = 20

const WITHOUT_RESULT: FailedLaunch = {
  ok: false,
  error: launchError('infra', 'the provider says that the job succeeded, but it left no result'),
}

const ALL_VARIABLES = 'All of `context.environment` must reach its process.'

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
export async function runAttempt(launch: AttemptLaunch, key: AttemptKey, record: AttemptRecord): Promise<AttemptEnd> {
  const { store, observer, info } = launch
  // A manifest that is there already decides: an earlier launch was interrupted, or another launcher was faster.
  const decided = await readManifest(key, store)
  const { end, manifest } =
    decided === undefined
      ? await launchAndDecide(launch, key, record)
      : { end: { ok: true } as const, manifest: decided }
  const outcome = judge(manifest, end)
  if (outcome.succeeded) {
    if (outcome.warning !== undefined) observer.report(key, { type: 'warning', message: outcome.warning })
    return { succeeded: true, manifest: outcome.manifest }
  }
  const { manifest: failed } = outcome
  const own = linesOfRank(failed) ?? (await lastLines(key, launch))
  const known = end.ok ? undefined : end.error.job
  const job = { ...known, lastLogLines: own.length > 0 ? own : (known?.lastLogLines ?? []) }
  const { stepName, projectFolder } = info
  const cause = end.ok ? undefined : end.error.cause
  const error = stepFailure(failed, { stepName, projectFolder, job, cause })
  return { succeeded: false, manifest: failed, error, replayed: decided !== undefined }
}

/** Where another machine than the first has failed, its lines say more. */
function linesOfRank(manifest: FailedManifest): readonly string[] | undefined {
  return 'failedRank' in manifest ? manifest.failedRank?.lastLogLines.slice(-LAST_LINES) : undefined
}

interface Launched {
  readonly end: LaunchEnd
  readonly manifest: ResultManifest
}

async function launchAndDecide(launch: AttemptLaunch, key: AttemptKey, record: AttemptRecord): Promise<Launched> {
  const { operator, store, clock } = launch
  const decide = async (end: LaunchEnd): Promise<Launched> => {
    const left = await readManifest(key, store)
    if (left !== undefined) return { end, manifest: left }
    const why = numbersItsCreates(operator) ? end : await withoutResult(end, launch, key)
    return { end, manifest: await settle(key, why, { store, clock, record }) }
  }
  if (numbersItsCreates(operator)) return decide(await launchUntilOver(launch, key, record))
  using sign = new FirstSign(launch, key)
  const decided = await decide(await launchUntilOver({ ...launch, observer: sign.observer }, key, record))
  sign.ended(decided.manifest)
  return decided
}

/** Why an attempt of an operator with nothing but `launch()` has failed, where its job left no result. */
async function withoutResult(end: LaunchEnd, { operator, store }: StepRunLaunch, key: AttemptKey): Promise<LaunchEnd> {
  if (end.ok) {
    const message = `launch() of the step operator ${flavorOf(operator)} has resolved, but its job left no result`
    const hint = `launch() has to resolve when the job has ended, not before. ${ALL_VARIABLES}`
    return { ok: false, error: launchError('infra', message, { hint }) }
  }
  const { kind, code, message, cause, job, hint = hintOfExit(job?.exitCode) } = end.error
  if (kind !== 'step') return end
  const owner = await readAttemptOwner(key, store)
  const hasBegun = owner !== undefined && !('closed' in owner)
  const told = hint ?? (hasBegun ? undefined : `Its job did nothing that its artifact store knows of. ${ALL_VARIABLES}`)
  if (told === undefined) return end
  return {
    ...end,
    error: launchError(kind, message, { code, cause, hint: told, ...(job === undefined ? {} : { job }) }),
  }
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
async function launchUntilOver(launch: AttemptLaunch, key: AttemptKey, record: AttemptRecord): Promise<LaunchEnd> {
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
async function tryLaunch(launch: AttemptLaunch, key: AttemptKey, options: TryOptions): Promise<LaunchEnd> {
  const { operator, store } = launch
  const { record, state, ownerNonce } = options
  const asked: StepRunInfo = { ...launch.info, attempt: key.attempt, alternative: launch.alternative }
  const plain = !numbersItsCreates(operator)
  const adopts = operator.capabilities.adopt && state.handle !== undefined
  let budget: LaunchBudget | undefined
  let launching = false
  try {
    const checked = checkCapabilities(operator, asked, launch.flavors)
    // A job that is there is not given up because it could not be asked for any more.
    const known = await (adopts ? checked.catch(() => asked) : checked)
    // A wrong reference is found before an image is built for it.
    if (!adopts) splitSecrets(launch.secrets, operator)
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
    const hidden = hiderFor(operator).thrown(thrown)
    const error = budget?.exceeded ?? asStepError(hidden, { operator, signal: launch.signal, plain })
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

interface Asked {
  readonly operator: BaseStepOperator<any, any>
  readonly signal: AbortSignal
  /** Whether the operator has nothing but `launch()`. */
  readonly plain: boolean
}

function asStepError(error: unknown, { operator, signal, plain }: Asked): SidestepError {
  if (SidestepError.isInstance(error)) {
    // A plain operator sees the exit code of a job that was told to stop, and takes it for the step's fault.
    if (!plain || !signal.aborted || error.kind !== 'step') return error
    return launchError('stopped', messageOf(signal.reason), { cause: error })
  }
  if (signal.aborted) return launchError('stopped', 'stopped before its end', { cause: error })
  const hint = `The step operator ${flavorOf(operator)} itself failed, not the step: see what its launch() did.`
  const message = `the step operator failed: ${messageOf(error)}`
  return launchError('infra', message, { cause: error, code: 'LAUNCH_FAILED', hint })
}
