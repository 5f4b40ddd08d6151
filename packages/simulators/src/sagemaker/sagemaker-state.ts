import type { LogStore } from '../cloudwatch-logs/log-store.ts'
import type { ServiceGround } from '../ground/ground.ts'
import type { RegistryLogins } from './image-source.ts'
import type { JobLife } from './job-life.ts'
import type { TagStore } from './tag-store.ts'
import type { TrainingJobs } from './training-jobs.ts'
import type { WarmPools } from './warm-pools.ts'

/** What the operations share. */
export interface SagemakerState {
  readonly ground: ServiceGround
  readonly jobs: TrainingJobs
  /** By ARN: of jobs that have not ended. */
  readonly lives: Map<string, JobLife>
  readonly tags: TagStore
  readonly pools: WarmPools
  readonly logs: LogStore
  readonly logins: RegistryLogins
  /** `undefined`: there is no such bucket. */
  readonly bucketRegion: (bucket: string) => string | undefined
  /** What broke in the simulator itself while jobs ran. */
  readonly broken: unknown[]
}
