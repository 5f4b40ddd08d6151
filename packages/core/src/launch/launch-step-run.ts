import type { AttemptKey } from '../artifact/layout.ts'
import type { SuccessManifest } from '../artifact/manifest.ts'
import { messageOf, SidestepError, type FailureKind } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { LaunchRecord } from '../journal/attempt-record.ts'
import { backoffMs } from '../watch/backoff.ts'
import { asUndecided, isDetached, isUndecided, launchError, undecidedError } from './launch-error.ts'
import { outcomeOf } from './outcome.ts'
import { checkCapabilities } from './check-capabilities.ts'
import { isInterrupted, nextAttempt } from './retry.ts'
import { runAttempt, type AttemptEnd } from './run-attempt.ts'
import type { AttemptObserver, StepRunLaunch } from './step-run-launch.ts'
import { takenOverBy } from './stop-request.ts'

/**
 * Runs the attempts of one step run until one succeeds, or none may follow. What earlier launchers have decided is
 * obeyed, and what they have begun is gone on with. Rejects with `RUN_TAKEN_OVER`, and leaves everything as it is, where
 * another launcher owns the run. Whatever it rejects with, `isDetached` and `isUndecided` tell whether the last attempt
 * was decided: where neither holds, it was.
 */
export async function launchStepRun(launch: StepRunLaunch): Promise<SuccessManifest> {
  const { info, observer, journal, clock, random, signal } = launch
  const kinds: FailureKind[] = []
  let alternative = 0
  for (let attempt = launch.firstAttempt; ; attempt += 1) {
    throwIfLost(signal)
    const key: AttemptKey = { runId: info.runId, stepRunId: info.stepRunId, attempt }
    const record = journal.attempt(key)
    observer.started(key)
    const decided = await decideOrLeave(launch, key, { record, kinds, alternative })
    const { end, willRetry } = decided
    alternative = decided.alternative
    if (end.succeeded) {
      await observer.ended(key, { willRetry })
      return end.manifest
    }
    await observer.ended(key, { error: end.error, willRetry })
    if (!willRetry) throw end.error
    // Between attempts is waited where the one has just failed.
    if (end.replayed || isInterrupted(end.manifest)) continue
    await atPoint('9.retry', key, () =>
      clock.sleep(backoffMs(kinds.length - 1, { firstMs: 1_000, longestMs: 60_000, random }), { signal }),
    ).catch((error: unknown) => {
      throwIfLost(signal)
      if (!signal.aborted) throw error
      const message = `the step ${info.stepName} was stopped before its next attempt: ${messageOf(signal.reason)}`
      throw launchError('stopped', message, { cause: signal.reason })
    })
  }
}

interface Decided {
  readonly end: AttemptEnd
  readonly willRetry: boolean
  /** Of the attempt that follows. */
  readonly alternative: number
}

/**
 * Runs an attempt to its decision, which the journal has together with what follows. An attempt that stays open is told
 * to be over for this launcher.
 */
async function decideOrLeave(
  launch: StepRunLaunch,
  key: AttemptKey,
  {
    record,
    kinds,
    alternative,
  }: { readonly record: LaunchRecord; readonly kinds: FailureKind[]; readonly alternative: number },
): Promise<Decided> {
  const { observer, signal, info } = launch
  const seen: { handle?: object } = {}
  try {
    const watched = { ...launch, alternative, observer: noticingHandle(observer, seen) }
    const end = await runAttempt(watched, key, record)
    let next = { follows: false, alternative }
    if (!end.succeeded) {
      if (isInterrupted(end.manifest)) next = { ...next, follows: true }
      else {
        kinds.push(end.error.kind)
        next = nextAttempt(info.config.retry, kinds, await alternativesOf(launch))
      }
    }
    const willRetry = next.follows && !signal.aborted
    await record.ended(outcomeOf(end.manifest), willRetry ? { nextAttempt: key.attempt + 1 } : {})
    return { end, willRetry, alternative: next.alternative }
  } catch (cause) {
    const error = await detached(cause, record).catch((failure: unknown) =>
      undecided(failure, seen.handle, info.stepName),
    )
    await observer.ended(key, { error, willRetry: false, ...(isUndecided(error) ? { undecided: true } : {}) })
    throw error
  }
}

/** How many ways the operator has. Settings that are not valid any more do not hide how an attempt has ended. */
async function alternativesOf({ operator, info, flavors }: StepRunLaunch): Promise<number> {
  const asked = { ...info, attempt: 1, alternative: 0 }
  const { config } = await checkCapabilities(operator, asked, flavors).catch(() => asked)
  return operator.alternativesOf(config)
}

/** Says that a job was left to itself. Rejects with what could not be decided, or said: the attempt stays open. */
async function detached(cause: unknown, record: LaunchRecord): Promise<SidestepError> {
  if (!SidestepError.isInstance(cause) || !isDetached(cause)) throw cause
  await record.ended({ status: 'detached', kind: cause.kind, reason: cause.message }, {})
  return cause
}

function noticingHandle(observer: AttemptObserver, seen: { handle?: object }): AttemptObserver {
  return {
    started: (attempt) => observer.started(attempt),
    ended: async (attempt, end) => observer.ended(attempt, end),
    report: (attempt, event) => {
      if (event.type === 'handle') seen.handle = event.handle
      observer.report(attempt, event)
    },
  }
}

/** Nothing can be decided without the store and the journal. A job that was created is left running, and said to be. */
function undecided(cause: unknown, handle: object | undefined, stepName: string): SidestepError {
  if (!SidestepError.isInstance(cause)) {
    const message = `the step ${stepName} could not be launched: ${messageOf(cause)}`
    return asUndecided(launchError('infra', message, { code: 'INTERNAL', cause }))
  }
  const { code, hint } = cause
  if (handle === undefined || (code !== 'STORE_FAILED' && code !== 'JOURNAL_FAILED')) return asUndecided(cause)
  const message = `the step ${stepName} is undecided, and its job was left as it was: ${cause.message}`
  return undecidedError('infra', message, { handle, code, cause, ...(hint === undefined ? {} : { hint }) })
}

function throwIfLost(signal: AbortSignal): void {
  const error = takenOverBy(signal)
  if (error !== undefined) throw asUndecided(error)
}
