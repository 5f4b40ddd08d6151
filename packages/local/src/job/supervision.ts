import { bootId, isRunning, thisMachine } from '@sidestep/core/process'

import type { JobRecord } from './job-record.ts'

/**
 * Whether the supervisor of a job lives, as far as this process can see. `out of sight`: it is in another container of
 * this machine. Numbers of its processes mean others here: it counts as alive until it says itself how the job ended.
 */
export type Supervision = 'running' | 'gone' | 'out of sight'

export function lookAtSupervisor({
  supervisor,
  pidNamespace,
}: Pick<JobRecord, 'supervisor' | 'pidNamespace'>): Supervision {
  // No process of any container survives a restart of the machine.
  if (supervisor.bootId !== bootId()) return 'gone'
  const { pidNamespace: own } = thisMachine()
  // Where one of the two is not known, they count as the same: it is so outside of containers.
  if (pidNamespace !== undefined && own !== undefined && pidNamespace !== own) return 'out of sight'
  return isRunning(supervisor) ? 'running' : 'gone'
}
