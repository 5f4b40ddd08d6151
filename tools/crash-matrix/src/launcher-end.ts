import { isDeepStrictEqual } from 'node:util'

import type { LauncherEnd } from './launcher.ts'

/** How a run is to end. */
export type Expected =
  | { readonly status: 'succeeded' }
  | { readonly status: 'failed'; readonly kind: string; readonly step?: string }
  /** By Ctrl-C the exit code is 130; where another process asked for it, 1. */
  | { readonly status: 'cancelled'; readonly code: 130 | 1 }

/** How a launcher's end differs from what was to come; `undefined` where it does not. `result` is that of the run. */
export function differenceOf(end: LauncherEnd, expected: Expected, result: unknown): string | undefined {
  const { code, report } = end
  const status = report?.status
  if (status !== expected.status) return `the run was to end as ${expected.status}: ${describeEnd(end)}`
  if (expected.status === 'succeeded') {
    if (code === 0 && isDeepStrictEqual(report?.result, result)) return undefined
    return `the result was to be ${JSON.stringify(result)}: ${describeEnd(end)}, ${JSON.stringify(report?.result)}`
  }
  if (expected.status === 'failed') {
    const { kind, step } = report?.error ?? {}
    if (code === 1 && kind === expected.kind && (expected.step === undefined || step === expected.step))
      return undefined
    return `the run was to fail with ${expected.kind} of ${expected.step ?? 'any step'}: ${describeEnd(end)}`
  }
  return code === expected.code ? undefined : `the run was to be cancelled: ${describeEnd(end)}`
}

export function describeEnd({ code, signal, report, stderr }: LauncherEnd): string {
  if (signal !== null) return `killed by ${signal}`
  const { status, error } = report ?? {}
  const told =
    error === undefined ? '' : `, ${[error.code, error.kind, error.step].filter(Boolean).join(' ')}: ${error.message}`
  return `exit code ${code}, ${status ?? `no report: ${lastLines(stderr)}`}${told}`
}

/** Of what a launcher has said. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-6).join(' | ')
}
