import type {
  ClosedOwner,
  FailedManifest,
  ResultManifest,
  SettledManifest,
  SuccessManifest,
} from '../artifact/manifest.ts'
import type { FailureKind, SidestepError } from '../errors.ts'
import type { AttemptOutcome } from '../journal/attempt-record.ts'
import { launchError } from './launch-error.ts'

/** How an operator's `launch()` ended. */
export type LaunchEnd = { readonly ok: true } | FailedLaunch

export interface FailedLaunch {
  readonly ok: false
  readonly error: SidestepError
  /** Nothing failed: the launcher that began the attempt ended too early, and nobody can go on with it. */
  readonly interrupted?: true
  /** That the job may still run, and is waited for, was told. */
  readonly waited?: true
}

export type Outcome =
  | { readonly succeeded: true; readonly manifest: SuccessManifest; readonly warning?: string }
  | { readonly succeeded: false; readonly kind: FailureKind; readonly manifest: FailedManifest }

/** What `result.json` decides, whatever the provider says. Pure. */
export function judge(manifest: ResultManifest, end: LaunchEnd): Outcome {
  if (manifest.status === 'failed') return { succeeded: false, kind: manifest.kind, manifest }
  if (end.ok || end.waited === true) return { succeeded: true, manifest }
  return { succeeded: true, manifest, warning: `the step succeeded, although: ${end.error.message}` }
}

/** What the launcher settles an attempt with whose job left no result. Pure. */
export function settlement(end: LaunchEnd, finishedAt: string): SettledManifest {
  const base = { version: 1, status: 'failed', settledBy: 'launcher', finishedAt } as const
  if (end.ok) {
    return {
      ...base,
      kind: 'infra',
      code: 'JOB_FAILED',
      reason: 'the provider says that the job succeeded, but it left no result',
    }
  }
  return { ...base, reason: end.error.message, ...whyOf(end) }
}

/** What the launcher closes `owner.json` with when it gives an attempt up. Pure. */
export function closing(end: FailedLaunch, at: string): ClosedOwner {
  return { closed: end.error.message, ...whyOf(end), at }
}

/** The end of an attempt that was given up, by what the launcher that did it left behind. Pure. */
export function endOfClosed({ closed, kind, code, hint, interrupted }: ClosedOwner): FailedLaunch {
  const error = launchError(kind, closed, { code, ...(hint === undefined ? {} : { hint }) })
  return { ok: false, error, ...(interrupted === undefined ? {} : { interrupted }) }
}

/** What the journal keeps of a decided attempt. Pure. */
export function outcomeOf(manifest: ResultManifest): AttemptOutcome {
  if (manifest.status === 'succeeded') return { status: 'succeeded' }
  const reason = 'settledBy' in manifest ? manifest.reason : manifest.error.message
  return { status: 'failed', kind: manifest.kind, reason }
}

function whyOf({ error: { kind, code, hint }, interrupted }: FailedLaunch): {
  readonly kind: FailureKind
  readonly code: SidestepError['code']
  readonly hint?: string
  readonly interrupted?: true
} {
  return {
    kind,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(interrupted === undefined ? {} : { interrupted }),
  }
}
