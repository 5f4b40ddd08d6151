import { configError, type SidestepError } from '../errors.ts'
import type { RunOwner } from './run-summary.ts'

/** The error of whoever wants something of a run whose launcher gives no sign. Absent: it could not be read who has it. */
export function silentOwner(runId: string, owner: RunOwner | undefined): SidestepError {
  const who = owner === undefined ? 'a launcher' : `launcher ${owner.n} (process ${owner.pid} on ${owner.host})`
  const heard = owner === undefined ? 'says nothing' : `was last heard of at ${owner.lastHeardAt ?? owner.at}`
  return configError(
    'RUN_OWNED',
    `the run ${runId} belongs to ${who}, which ${heard} and cannot be seen to have ended`,
    'If you know that it is gone, or stopped for good, say --take-over (`takeOver`).',
  )
}
