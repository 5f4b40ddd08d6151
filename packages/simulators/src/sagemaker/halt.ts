import type { SecondaryStatus } from './training-job.ts'

/** Phases in which a job ends that is ended before its end. */
export type HaltPhase = Extract<SecondaryStatus, 'Stopped' | 'MaxRuntimeExceeded' | 'MaxWaitTimeExceeded'>

/** Why a job is ended before its end. */
export class HaltError extends Error {
  override readonly name: string = 'HaltError'
  readonly phase: HaltPhase
  /** For `FailureReason`. */
  readonly why: string | undefined

  constructor(phase: HaltPhase, why?: string) {
    super(`the job is halted: ${phase}`)
    this.phase = phase
    this.why = why
  }
}
