import type { AttemptKey } from '../artifact/layout.ts'
import type { FailureKind } from '../errors.ts'
import type { AttemptRecord, AttemptState } from '../journal/attempt-record.ts'
import { untilSilent } from '../watch/heartbeat-watch.ts'
import { closeOwner, readAttemptOwner } from './decide.ts'
import { detachedError, launchError } from './launch-error.ts'
import { endOfClosed, type FailedLaunch, type LaunchEnd } from './outcome.ts'
import type { StepRunLaunch } from './step-run-launch.ts'
import { throwIfTakenOver } from './stop-request.ts'

/** What an earlier launcher left of an attempt: its end, or what is to be launched, again or for the first time. */
export type TakenUp =
  | { readonly end: LaunchEnd }
  /** `ownerNonce`: of the job that has taken the attempt, where one has. */
  | { readonly ownerNonce: string | undefined }

/** Looks what an earlier launcher has begun, and what of it can be gone on with. */
export async function takeUp(
  launch: StepRunLaunch,
  key: AttemptKey,
  { record, state }: { readonly record: AttemptRecord; readonly state: AttemptState },
): Promise<TakenUp> {
  if (state.creates.length === 0) return { ownerNonce: undefined }
  const { operator, store } = launch
  if (!operator.capabilities.adopt) return { end: await endOfInterrupted(launch, key, record) }
  if (state.handle !== undefined) return { ownerNonce: undefined }
  const owner = await readAttemptOwner(key, store)
  if (owner === undefined) return { ownerNonce: undefined }
  // The earlier launcher had given the attempt up, and did not come to settle it.
  return 'closed' in owner ? { end: endOfClosed(owner) } : { ownerNonce: owner.nonce }
}

/** An operator that cannot find its jobs is never called again for an attempt that it may have created one for. */
async function endOfInterrupted(launch: StepRunLaunch, key: AttemptKey, record: AttemptRecord): Promise<LaunchEnd> {
  const { store, clock, signal } = launch
  const message = 'its launcher ended while it was launched, and its step operator cannot find its jobs again'
  const end: FailedLaunch = signal.aborted
    ? { ok: false, error: launchError('stopped', 'stopped before it was launched again') }
    : { ok: false, error: launchError('infra', message, { code: 'LAUNCH_FAILED' }), interrupted: true }
  const owner = await closeOwner(key, end, { store, clock, record })
  if ('closed' in owner) return endOfClosed(owner)
  const lost: FailedLaunch = { ok: false, error: launchError('infra', message, { code: 'LAUNCH_FAILED' }) }
  return endOfTaken(lost, launch, key, 'its job, which an earlier launcher began,')
}

/** Kinds by which an operator says for certain that its job is over. */
const OVER: readonly FailureKind[] = ['step', 'oom', 'timeout', 'stopped']

/**
 * The end of an attempt that a job had taken, of an operator that cannot find jobs again. Where the operator does not
 * say that the job is over, it may still run: its result, or the end of its heartbeat, is waited for. `whose`: the job, as
 * the warning that says so begins.
 */
export async function endOfTaken(
  end: FailedLaunch,
  launch: StepRunLaunch,
  key: AttemptKey,
  whose: string = `${end.error.message}: its job`,
): Promise<LaunchEnd> {
  const { store, clock, signal, observer } = launch
  if (OVER.includes(end.error.kind)) return end
  const { message, cause, code, hint } = end.error
  observer.report(key, { type: 'warning', message: `${whose} may still run, and is waited for` })
  await untilSilent(key, { store, clock, signal })
  throwIfTakenOver(signal)
  if (signal.aborted) {
    const left = 'stopped, and its job, which its step operator cannot find any more, was left running'
    throw detachedError('stopped', left, { handle: {}, cause: signal.reason })
  }
  return {
    ok: false,
    error: launchError('infra', message, { code, cause, ...(hint === undefined ? {} : { hint }) }),
    waited: true,
  }
}
