import type { Clock } from '../clock.ts'
import type { JobHandle, JobService } from '../operator/job-service.ts'
import type { LaunchContext } from '../operator/launch-context.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import type { Heartbeats } from '../watch/heartbeats.ts'
import type { Watcher } from '../watch/watcher.ts'

/** A job that is there, and all that watching it to its end takes. */
export interface WatchedJob<Handle extends JobHandle> {
  readonly handle: Handle
  readonly info: StepRunInfo
  readonly context: LaunchContext
  /** As far as this machine knows; the provider knows better, where it says so. */
  readonly createdAt: Date
  /** The same by this process's monotonic clock, where this process created it. */
  readonly createdAtMs?: number
  readonly service: JobService<any, any, Handle, any>
  /** Whether the provider's own log can be read: `capabilities.logs` of the operator. */
  readonly hasLogs: boolean
  readonly watcher: Watcher<Handle>
  readonly heartbeats: Heartbeats
  readonly clock: Clock
  readonly random: () => number
}
