import type { BodyOptions, BodyOutcome } from './body.ts'
import { OtherRanks, type RankFailure } from './other-ranks.ts'
import { runBody } from './run-body.ts'
import { stopAlsoFor } from './stop.ts'

/**
 * Runs the step's body on the first machine of a job. It has succeeded once those of all machines have; as soon as one
 * has failed, the body is ended, and the job has failed with what failed first.
 */
export async function runFirst(options: BodyOptions): Promise<BodyOutcome> {
  const { spec, store, incarnation, stop, size } = options
  if (size === 1) return runBody(options)
  const others = new OtherRanks({ key: spec, incarnation, size, store })
  try {
    const startedAt = Date.now()
    const outcome = await runBody({ ...options, stop: stopAlsoFor(stop, others.failing) })
    const endedAt = Math.max(startedAt, Date.now())
    if (outcome.failure === undefined && (await others.allSucceeded(stop))) return outcome
    const other = await others.failure()
    if (other !== undefined && (outcome.failure === undefined || wasFirst(other, endedAt))) {
      const { failure, failedRank } = other
      return { pid: outcome.pid, failure, failedRank }
    }
    // Told to stop while it waited for the others: what it has is not the step's result yet.
    return { pid: outcome.pid, failure: outcome.failure ?? waitedInVain(size) }
  } finally {
    others.end()
  }
}

/** What ends one machine soon ends the others, too: the first to fail knows why. Clocks of machines differ by less than it takes. */
function wasFirst({ at }: RankFailure, endedAt: number): boolean {
  return Date.parse(at) <= endedAt
}

function waitedInVain(size: number): NonNullable<BodyOutcome['failure']> {
  const message = `stopped while it waited for the other ${size - 1} machines`
  return { kind: 'stopped', error: { name: 'StoppedError', message } }
}
