import type { Clock } from '../ground/clock.ts'
import { DEFAULT_DELAY_MS } from '../ground/faults.ts'
import type { JobFaults } from './job-faults.ts'
import type { Machines } from './machines.ts'

/** What ends machines while they work. */
export type EndingFault = 'interruption' | 'oom'

/**
 * Lets the fault act that ends machines while they work, after its delay. Resolves to which it was, once nothing runs any more; to `undefined`
 * where there is none, or the work was done before. Rejects with the signal's reason; then the machines go on.
 */
export async function endByFault(
  machines: Pick<Machines<any>, 'ended' | 'kill'>,
  { faults, clock, signal }: { readonly faults: JobFaults; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<EndingFault | undefined> {
  const fault = faults.next('interruption', 'oom')
  if (fault === undefined) return undefined
  const isOver = new AbortController()
  const ended = machines.ended.then(() => isOver.abort())
  try {
    const { delayMs = DEFAULT_DELAY_MS } = fault
    await clock.wait(delayMs, { signal: AbortSignal.any([signal, isOver.signal]) })
  } catch (error) {
    if (!isOver.signal.aborted) throw error
    await ended
    return undefined
  }
  faults.met(fault)
  await machines.kill()
  return fault.kind === 'interruption' ? 'interruption' : 'oom'
}
