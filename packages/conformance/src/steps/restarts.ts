import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { step, type Step, type StepContext } from '@sidestep/core'

import { began } from './began.ts'

/**
 * Ends the process of its job with SIGKILL, the first time that it is started: a job that is started again by its provider
 * finds the mark in its folder, and another one is a later attempt. Returns the number of its attempt.
 */
export const diesOnce: Step<undefined, Promise<number>> = step(
  { name: 'dies-once', stepOperator: true, retry: { maxAttempts: 2, on: ['infra', 'preempted', 'oom'] } },
  die,
)

/** The same, for operators that see no more of it than an exit code, which says nothing about whose fault it was. */
export const diesOncePlainly: Step<undefined, Promise<number>> = step(
  {
    name: 'dies-once-plainly',
    stepOperator: true,
    retry: { maxAttempts: 2, on: ['infra', 'preempted', 'oom', 'step'] },
  },
  die,
)

async function die(_nothing: undefined, { attempt }: StepContext): Promise<number> {
  began()
  const mark = join(process.cwd(), 'conformance-died')
  if (attempt === 1 && !existsSync(mark)) {
    writeFileSync(mark, '')
    process.kill(process.ppid, 'SIGKILL')
    await sleep(600_000)
  }
  return attempt
}
