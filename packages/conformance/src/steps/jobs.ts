import { setTimeout as sleep } from 'node:timers/promises'

import { step, type Step } from '@sidestep/core'

import { began } from './began.ts'
import { SETTINGS } from './settings.ts'

/** What {@link waits} is given. */
export interface Wait {
  readonly milliseconds: number
  /** What it returns. */
  readonly value: number
}

/** Returns a value some time later. */
export const waits: Step<Wait, Promise<number>> = step(
  { name: 'waits', stepOperator: true, settings: SETTINGS },
  async ({ milliseconds, value }: Wait, { signal }) => {
    began()
    await sleep(milliseconds, undefined, { signal })
    return value
  },
)

/** So long a job with a long name is there to be looked for, in milliseconds. */
const LOOKED_FOR_MS = 1_000

const LONG_NAME = `Train.the_model-${'x'.repeat(46)}`

/** Of 63 characters, as long as names of steps may be. */
export const longNameA: Step<number, Promise<number>> = step(
  { name: `${LONG_NAME}A`, stepOperator: true, settings: SETTINGS },
  async (value: number) => {
    began()
    await sleep(LOOKED_FOR_MS)
    return value + 1
  },
)

/** Its name differs in the last of 63 characters. */
export const longNameB: Step<number, Promise<number>> = step(
  { name: `${LONG_NAME}B`, stepOperator: true, settings: SETTINGS },
  async (value: number) => {
    began()
    await sleep(LOOKED_FOR_MS)
    return value + 2
  },
)

/** One character as a name. */
export const shortName: Step<number, Promise<number>> = step(
  { name: '7', stepOperator: true, settings: SETTINGS },
  async (value: number) => {
    began()
    await sleep(LOOKED_FOR_MS)
    return value + 3
  },
)
