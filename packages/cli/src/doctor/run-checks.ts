import { messageOf, SidestepError } from '@sidestep/core/project'
import type { Check, DoctorContext, Finding, Outcome } from './check.ts'

/**
 * One after the other, in their order. Whatever a check throws is a finding like any other; what an earlier one has found
 * already is told once.
 */
export async function runChecks(checks: readonly Check[], context: DoctorContext): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const foundBy = new Map<string, string>()
  for (const { name, tried, run } of checks) {
    for (const outcome of await outcomesOf(run, context)) {
      const earlier = outcome.state === 'problem' ? foundBy.get(outcome.found) : undefined
      if (earlier === undefined) findings.push({ check: name, tried, ...outcome })
      else
        findings.push({ check: name, tried, state: outcome.state, found: `what is wrong with ${earlier} prevents it` })
      if (earlier === undefined && outcome.state === 'problem') foundBy.set(outcome.found, name)
    }
  }
  return findings
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
