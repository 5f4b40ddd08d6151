import { setTimeout as sleep } from 'node:timers/promises'

import { step, type Step } from '@sidestep/core'

import { began } from './began.ts'

const FOREVER_MS = 600_000

/** Takes longer than its create, its wait and its run may take together. */
export const overstaysInAll: Step<undefined, Promise<void>> = step(
  { name: 'overstays-in-all', stepOperator: true, timeouts: { total: '3s' } },
  async () => {
    began()
    await sleep(FOREVER_MS)
  },
)

/** May not wait for long. */
export const mayNotWait: Step<undefined, Promise<void>> = step(
  { name: 'may-not-wait', stepOperator: true, timeouts: { queue: '3s' } },
  async () => {
    began()
    await sleep(FOREVER_MS)
  },
)

/** Has more of each budget than it needs. */
export const hasTime: Step<number, number> = step(
  { name: 'has-time', stepOperator: true, timeouts: { queue: '1h', run: '1h', total: '2h' } },
  (value: number) => {
    began()
    return value
  },
)
