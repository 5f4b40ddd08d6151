import type { StackPart } from '@sidestep/core'
import type { Check, Outcome } from '../check.ts'
import { problemOf } from '../run-checks.ts'

/** So long, in milliseconds, may a component try what it needs: engines and registries may be far away. */
const PATIENCE_MS = 30_000

/** What the components of the active stack need from outside: each knows that by itself. */
export const componentsCheck: Check = {
  name: 'components',
  tried: 'what those of the active stack need',
  needs: ['project', 'active stack'],
  run: async ({ project }) => {
    const { name } = await project.activeStack()
    const stack = await project.stack(name)
    const outcomes = (await Promise.all(stack.parts().map(outcomesOf))).flat()
    return outcomes.length > 0 ? outcomes : [{ state: 'ok', found: 'no engine and no registry' }]
  },
}

async function outcomesOf({ path, load }: StackPart): Promise<readonly Outcome[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  try {
    const findings = await (await load()).diagnose({ signal })
    return findings.map((finding) => ({ ...finding, tried: `${path}: ${finding.tried}` }))
  } catch (error) {
    const tried = `${path}: what it needs`
    if (!signal.aborted) return [{ ...problemOf(error), tried }]
    const hint = 'See whether what it talks to can be reached from here.'
    return [{ state: 'problem', found: `there was no answer in ${PATIENCE_MS / 1_000} s`, hint, tried }]
  }
}
