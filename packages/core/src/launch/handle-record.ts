import type { JobHandle } from '../operator/job-service.ts'
import type { Submitted } from './submit.ts'

/** What is written when a job exists. */
export interface HandleRecord<Handle extends JobHandle> {
  readonly handle: Handle
  /** ISO 8601, by the machine that created it. */
  readonly createdAt: string
}

export function recordOf<Handle extends JobHandle>({ handle, createdAt }: Submitted<Handle>): HandleRecord<Handle> {
  return { handle, createdAt: createdAt.toISOString() }
}
