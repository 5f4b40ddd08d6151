import type { FailedManifest, ResultManifest, SettledManifest, SuccessManifest } from '../artifact/manifest.ts'
import type { FailureKind, SidestepError } from '../errors.ts'

/** How an operator's `launch()` ended. */
export type LaunchEnd = { readonly ok: true } | { readonly ok: false; readonly error: SidestepError }

export type Outcome =
  | { readonly succeeded: true; readonly manifest: SuccessManifest; readonly warning?: string }
  | { readonly succeeded: false; readonly kind: FailureKind; readonly manifest: FailedManifest }

/** What `result.json` decides, whatever the provider says. Pure. */
export function judge(manifest: ResultManifest, end: LaunchEnd): Outcome {
  if (manifest.status === 'failed') return { succeeded: false, kind: manifest.kind, manifest }
  if (end.ok) return { succeeded: true, manifest }
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
  const { kind, code, message, hint } = end.error
  return { ...base, kind, code, reason: message, ...(hint === undefined ? {} : { hint }) }
}
