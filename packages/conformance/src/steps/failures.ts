import { setTimeout as sleep } from 'node:timers/promises'

import { step, type Step } from '@sidestep/core'

import { began } from './began.ts'

class DiskError extends Error {
  override readonly name = 'DiskError'
  readonly volume = '/data'
  readonly blocks: readonly number[] = [3, 5]
}

function readSector(rows: number): never {
  throw new DiskError(`bad sector in "row ${rows}"`, { cause: new TypeError('not a row') })
}

/** Throws an error with a cause and properties of its own, from the function `readSector`. */
export const throws: Step<number, void> = step({ name: 'throws', stepOperator: true }, (rows: number) => {
  began()
  console.log(`reading ${rows} rows`)
  readSector(rows)
})

/** Ends its process with the code that it is given. */
export const exits: Step<number, void> = step({ name: 'exits', stepOperator: true }, (code: number) => {
  began()
  console.log(`leaving with ${code}`)
  process.exit(code)
})

/** Ends its process as if all were well. */
export const exitsWell: Step<undefined, void> = step({ name: 'exits-well', stepOperator: true }, () => {
  began()
  process.exit(0)
})

/** Waits for longer than it may. */
export const overstays: Step<undefined, Promise<void>> = step(
  { name: 'overstays', stepOperator: true, timeouts: { run: '2s' } },
  async () => {
    began()
    await sleep(600_000)
  },
)

/** Its promise can never settle. */
export const neverSettles: Step<undefined, Promise<void>> = step(
  { name: 'never-settles', stepOperator: true },
  async () => {
    began()
    await new Promise<never>(() => undefined)
  },
)

/** Ends its own process with SIGKILL. */
export const killsItself: Step<undefined, Promise<void>> = step(
  { name: 'kills-itself', stepOperator: true },
  async () => {
    began()
    process.kill(process.pid, 'SIGKILL')
    await sleep(600_000)
  },
)

/** Ends the process of its job with SIGKILL, every time that it is started. */
export const killsItsParent: Step<undefined, Promise<void>> = step(
  { name: 'kills-its-parent', stepOperator: true },
  async () => {
    began()
    process.kill(process.ppid, 'SIGKILL')
    await sleep(600_000)
  },
)

/** Keeps more than its heap holds. */
export const fillsItsHeap: Step<undefined, void> = step(
  { name: 'fills-its-heap', stepOperator: true, environment: { NODE_OPTIONS: '--max-old-space-size=40' } },
  () => {
    began()
    const rows: string[][] = []
    for (;;) rows.push(Array.from({ length: 1_000 }, (_, index) => `row ${rows.length} ${index}`))
  },
)

/** Returns what no store can hold. */
export const returnsFunction: Step<undefined, unknown> = step(
  { name: 'returns-function', stepOperator: true },
  (): unknown => {
    began()
    return { model: { weights: [1, 2], predict: () => 1 } }
  },
)
