import type { AttemptKey } from '../artifact/layout.ts'
import type { SuccessManifest } from '../artifact/manifest.ts'
import { messageOf, SidestepError, type FailureKind } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { LaunchRecord } from '../journal/attempt-record.ts'
import { backoffMs } from '../watch/backoff.ts'
import { detachedError, isDetached, launchError } from './launch-error.ts'
import { outcomeOf } from './outcome.ts'
import { isInterrupted, shouldRetry } from './retry.ts'
import { runAttempt, type AttemptEnd } from './run-attempt.ts'
import type { AttemptObserver, StepRunLaunch } from './step-run-launch.ts'
import { throwIfTakenOver } from './stop-request.ts'

/**
 * Runs the attempts of one step run until one succeeds, or none may follow. What earlier launchers have decided is
 * obeyed, and what they have begun is gone on with. Rejects with `RUN_TAKEN_OVER`, and leaves everything as it is, where
 * another launcher owns the run.
 */
export async function launchStepRun(launch: StepRunLaunch): Promise<SuccessManifest> {
  const { info, observer, journal, clock, random, signal } = launch
  const kinds: FailureKind[] = []
  for (let attempt = launch.firstAttempt; ; attempt += 1) {
    throwIfTakenOver(signal)
    const key: AttemptKey = { runId: info.runId, stepRunId: info.stepRunId, attempt }
    const record = journal.attempt(key)
    observer.started(key)
    const { end, willRetry } = await decideOrLeave(launch, key, { record, kinds })
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
      throwIfTakenOver(signal)
      throw error
    })
  }
}

interface Decided {
  readonly end: AttemptEnd
  readonly willRetry: boolean
}

/**
 * Runs an attempt to its decision, which the journal has together with what follows. An attempt that stays open is told
 * to be over for this launcher.
 */
async function decideOrLeave(
  launch: StepRunLaunch,
  key: AttemptKey,
  { record, kinds }: { readonly record: LaunchRecord; readonly kinds: FailureKind[] },
): Promise<Decided> {
  const { observer, signal, info } = launch
  const seen: { handle?: object } = {}
  try {
    const end = await runAttempt({ ...launch, observer: noticingHandle(observer, seen) }, key, record)
    if (!end.succeeded && !isInterrupted(end.manifest)) kinds.push(end.error.kind)
    const mayFollow = !end.succeeded && (isInterrupted(end.manifest) || shouldRetry(info.config.retry, kinds))
    const willRetry = mayFollow && !signal.aborted
    await record.ended(outcomeOf(end.manifest), willRetry ? { nextAttempt: key.attempt + 1 } : {})
    return { end, willRetry }
  } catch (cause) {
    const error = asUndecided(cause, seen.handle, info.stepName)
    try {
      // Left on purpose, or because nothing else could be done. What only could not be decided stays open.
      if (isDetached(cause)) await record.ended({ status: 'detached', kind: error.kind, reason: error.message }, {})
    } finally {
      await observer.ended(key, { error, willRetry: false })
    }
    throw error
  }
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

/** Nothing can be decided without the store. A job that was created is then left running, and said to be. */
function asUndecided(cause: unknown, handle: object | undefined, stepName: string): SidestepError {
  if (!SidestepError.isInstance(cause)) {
    return launchError('infra', `the step ${stepName} could not be launched: ${messageOf(cause)}`, {
      code: 'INTERNAL',
      cause,
    })
  }
  if (handle === undefined || cause.code !== 'STORE_FAILED') return cause
  const message = `the step ${stepName} is undecided, and its job was left as it was: ${cause.message}`
  return detachedError('infra', message, { handle, cause })
}
