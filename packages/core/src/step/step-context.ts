/** What a function step gets beside its input. */
export interface StepContext {
  /** Aborts when the step is asked to stop; what still runs after the grace is killed. */
  readonly signal: AbortSignal
  /** One line into the step's log. */
  readonly log: (message: string) => void
  /** From 1. */
  readonly attempt: number
  /** Of this machine in a multi-node job, from 0. */
  readonly rank: number
  /** How many machines the job has. */
  readonly size: number
}
