import { messageOf, SidestepError } from '@sidestep/core/project'
import type { Check, DoctorContext, Finding, Outcome } from './check.ts'

/**
 * One after the other, in their order. Whatever a check throws is a finding like any other; what an earlier one has found
 * already is told once.
 */
export async function runChecks(checks: readonly Check[], context: DoctorContext): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const foundBy = new Map<string, string>()
  const failed = new Set<string>()
  for (const { name, tried, needs = [], run } of checks) {
    const cause = needs.find((it) => failed.has(it))
    const outcomes = cause === undefined ? await outcomesOf(run, context) : [prevented(cause)]
    if (outcomes.some(({ state }) => state === 'problem')) failed.add(name)
    for (const outcome of outcomes) {
      const found = cause === undefined && outcome.state === 'problem' ? foundBy.get(outcome.found) : undefined
      const earlier = found === name ? undefined : found
      if (earlier === undefined) findings.push({ check: name, tried, ...outcome })
      else findings.push({ check: name, tried: outcome.tried ?? tried, ...prevented(earlier) })
      if (earlier === undefined && cause === undefined && outcome.state === 'problem') foundBy.set(outcome.found, name)
    }
  }
  return findings
}

function prevented(cause: string): Outcome {
  return { state: 'problem', found: `what is wrong with ${cause} prevents it` }
}

async function outcomesOf(run: Check['run'], context: DoctorContext): Promise<readonly Outcome[]> {
  try {
    return await run(context)
  } catch (error) {
    return [problemOf(error)]
  }
}

/** An error as what a check has found. */
export function problemOf(error: unknown): Outcome {
  const hint = SidestepError.isInstance(error) ? error.hint : undefined
  return { state: 'problem', found: messageOf(error), ...(hint === undefined ? {} : { hint }) }
}
