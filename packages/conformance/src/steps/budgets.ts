import { setTimeout as sleep } from 'node:timers/promises'

import { step, type Step } from '@sidestep/core'

import { began } from './began.ts'
import { SETTINGS } from './settings.ts'

/** Goes on for so many milliseconds: takes longer than its create, its wait and its run may take together. */
export const overstaysInAll: Step<number, Promise<void>> = step(
  { name: 'overstays-in-all', stepOperator: true, settings: SETTINGS, timeouts: { total: '3s' } },
  async (milliseconds: number) => {
    began()
    await sleep(milliseconds)
  },
)

/** Goes on for so many milliseconds, and may not wait for long. */
export const mayNotWait: Step<number, Promise<void>> = step(
  { name: 'may-not-wait', stepOperator: true, settings: SETTINGS, timeouts: { queue: '3s' } },
  async (milliseconds: number) => {
    began()
    await sleep(milliseconds)
  },
)

/** Has more of each budget than it needs, and goes on for long enough to be looked at more than once. */
export const hasTime: Step<number, number> = step(
  { name: 'has-time', stepOperator: true, settings: SETTINGS, timeouts: { queue: '1h', run: '1h', total: '2h' } },
  async (value: number) => {
    began()
    await sleep(1_000)
    return value
  },
)
