import { systemClock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import { judgeOwner } from '../journal/owner.ts'
import { thisMachine } from '../machine.ts'

const MOST_NAMED = 3

/** What to tell somebody who starts a pipeline of which earlier runs were interrupted: a line, or none. */
export async function interruptedRuns(
  journal: Journal,
  { pipeline, runId }: { readonly pipeline: string; readonly runId: string },
): Promise<readonly string[]> {
  const unfinished = await journal.runs({ pipeline, unfinished: true, limit: 50 })
  const now = systemClock.date()
  const gone = unfinished.filter(
    ({ record, launcher }) =>
      record.runId !== runId &&
      launcher !== undefined &&
      judgeOwner({ record: launcher }, { machine: thisMachine(), now }) === 'gone',
  )
  if (gone.length === 0) return []
  const ids = gone.slice(0, MOST_NAMED).map(({ record }) => record.runId)
  const more = gone.length > ids.length ? ` and ${gone.length - ids.length} more` : ''
  const [first = ''] = ids
  return [
    `${gone.length === 1 ? 'a run' : `${gone.length} runs`} of ${pipeline} did not end: ${ids.join(', ')}${more}; \`sidestep runs resume ${first}\` goes on with it`,
  ]
}
