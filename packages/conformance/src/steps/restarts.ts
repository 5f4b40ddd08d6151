import { step, type Step, type StepContext } from '@sidestep/core'

import { began } from './began.ts'
import { incarnation, killTheJob } from './process-of-job.ts'
import { SETTINGS } from './settings.ts'

/**
 * Ends the process of its job with SIGKILL, the first time that it is started: a job that is started again by its provider
 * counts its starts in the artifact store, and another one is a later attempt. Returns the number of its attempt.
 */
export const diesOnce: Step<undefined, Promise<number>> = step(
  {
    name: 'dies-once',
    stepOperator: true,
    settings: SETTINGS,
    retry: { maxAttempts: 2, on: ['infra', 'preempted', 'oom'] },
  },
  die,
)

/** The same, for operators that see no more of it than an exit code, which says nothing about whose fault it was. */
export const diesOncePlainly: Step<undefined, Promise<number>> = step(
  {
    name: 'dies-once-plainly',
    stepOperator: true,
    settings: SETTINGS,
    retry: { maxAttempts: 2, on: ['infra', 'preempted', 'oom', 'step'] },
  },
  die,
)

async function die(_nothing: undefined, { attempt }: StepContext): Promise<number> {
  began()
  if (attempt === 1 && incarnation() === 1) await killTheJob()
  return attempt
}
