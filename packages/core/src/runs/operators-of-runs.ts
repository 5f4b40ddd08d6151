import { fingerprint } from '../canonical.ts'
import type { JournalAttempt, JournalRun } from '../journal/journal.ts'
import type { ComponentDescription } from '../stack/stack-description.ts'
import { hasEnded } from './run-summary.ts'

/** A step operator that runs of a journal had. */
export interface OperatorOfRuns {
  /** In the stack of the newest of these runs. */
  readonly name: string
  readonly described: ComponentDescription
  /** The newest run that had it: its project is where the flavor is looked for. */
  readonly run: JournalRun
  /** Runs of it that have not ended, or that have a job whose end is not on record. */
  readonly open: readonly JournalRun[]
}

/**
 * Each operator once, since most runs share their stacks. One that no job can be on is left out: all its runs have ended,
 * and none of them ever asked for a job on it. It may have been a slip, such as an engine that does not exist.
 */
export function operatorsOfRuns(
  runs: readonly JournalRun[],
  attempts: readonly JournalAttempt[],
): readonly OperatorOfRuns[] {
  const ofRun = Map.groupBy(attempts, ({ key }) => key.runId)
  const distinct = new Map<string, { readonly uses: { readonly run: JournalRun; readonly name: string }[] }>()
  for (const run of runs) {
    for (const [name, described] of Object.entries(run.record.stack.stepOperators)) {
      const id = fingerprint({ described, folder: run.projectFolder ?? null })
      const known = distinct.get(id) ?? { uses: [] }
      distinct.set(id, known)
      known.uses.push({ run, name })
    }
  }
  return [...distinct.values()].flatMap(({ uses }): OperatorOfRuns[] => {
    const [newest] = uses
    const described = newest?.run.record.stack.stepOperators[newest.name]
    if (newest === undefined || described === undefined) return []
    const jobsOf = ({ run, name }: (typeof uses)[number]): readonly JournalAttempt[] =>
      (ofRun.get(run.record.runId) ?? []).filter((attempt) => attempt.operator === name && mayHaveJob(attempt))
    const open = uses.filter((use) => !hasEnded(use.run) || jobsOf(use).some(isOpen)).map(({ run }) => run)
    if (open.length === 0 && uses.every((use) => jobsOf(use).length === 0)) return []
    return [{ ...newest, described, open }]
  })
}

function mayHaveJob({ handle, creates }: JournalAttempt): boolean {
  return handle !== undefined || creates.length > 0
}

/** One that was left running on purpose has an outcome, and may live. */
function isOpen({ outcome }: JournalAttempt): boolean {
  return outcome === undefined || outcome.status === 'detached'
}
