import { setTimeout as sleep } from 'node:timers/promises'

import { step, type Step } from '@sidestep/core'

import { began } from './began.ts'
import { killTheJob } from './process-of-job.ts'
import { SETTINGS } from './settings.ts'

class DiskError extends Error {
  override readonly name = 'DiskError'
  readonly volume = '/data'
  readonly blocks: readonly number[] = [3, 5]
}

function readSector(rows: number): never {
  throw new DiskError(`bad sector in "row ${rows}"`, { cause: new TypeError('not a row') })
}

/** Throws an error with a cause and properties of its own, from the function `readSector`. */
export const throws: Step<number, void> = step(
  { name: 'throws', stepOperator: true, settings: SETTINGS },
  (rows: number) => {
    began()
    console.log(`reading ${rows} rows`)
    readSector(rows)
  },
)

/** Ends its process with the code that it is given. */
export const exits: Step<number, void> = step(
  { name: 'exits', stepOperator: true, settings: SETTINGS },
  (code: number) => {
    began()
    console.log(`leaving with ${code}`)
    process.exit(code)
  },
)

/** Ends its process as if all were well. */
export const exitsWell: Step<undefined, void> = step(
  { name: 'exits-well', stepOperator: true, settings: SETTINGS },
  () => {
    began()
    process.exit(0)
  },
)

/** Goes on for so many milliseconds: longer than it may. */
export const overstays: Step<number, Promise<void>> = step(
  { name: 'overstays', stepOperator: true, settings: SETTINGS, timeouts: { run: '2s' } },
  async (milliseconds: number) => {
    began()
    await sleep(milliseconds)
  },
)

/** Its promise can never settle. */
export const neverSettles: Step<undefined, Promise<void>> = step(
  { name: 'never-settles', stepOperator: true, settings: SETTINGS },
  async () => {
    began()
    await new Promise<never>(() => undefined)
  },
)

/** Ends its own process with SIGKILL. */
export const killsItself: Step<undefined, Promise<void>> = step(
  { name: 'kills-itself', stepOperator: true, settings: SETTINGS },
  async () => {
    began()
    process.kill(process.pid, 'SIGKILL')
    await sleep(600_000)
  },
)

/** Ends the process of its job with SIGKILL, every time that it is started. */
export const killsItsParent: Step<undefined, Promise<void>> = step(
  { name: 'kills-its-parent', stepOperator: true, settings: SETTINGS },
  async () => {
    began()
    await killTheJob()
  },
)

/** Keeps more than its heap holds. */
export const fillsItsHeap: Step<undefined, void> = step(
  {
    name: 'fills-its-heap',
    stepOperator: true,
    settings: SETTINGS,
    environment: { NODE_OPTIONS: '--max-old-space-size=40' },
  },
  () => {
    began()
    const rows: string[][] = []
    for (;;) rows.push(Array.from({ length: 1_000 }, (_, index) => `row ${rows.length} ${index}`))
  },
)

/** Returns what no store can hold. */
export const returnsFunction: Step<undefined, unknown> = step(
  { name: 'returns-function', stepOperator: true, settings: SETTINGS },
  (): unknown => {
    began()
    return { model: { weights: [1, 2], predict: () => 1 } }
  },
)
