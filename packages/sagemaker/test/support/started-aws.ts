import { afterAll, beforeAll } from 'vitest'

import { startSimulator, type Simulator, type SimulatorOptions } from '@sidestep/simulators'

/** AWS, simulated for the tests of a file. */
export interface StartedAws {
  readonly endpoint: string
  readonly simulator: Simulator
}

/** Starts it before the tests and closes it after them. `prepare` makes what they stand on. */
export function startedAws(
  prepare: (simulator: Simulator) => Promise<unknown> = async () => undefined,
  options: SimulatorOptions = {},
): StartedAws {
  let started: Simulator | undefined
  beforeAll(async () => {
    started = await startSimulator('aws', options)
    await prepare(started)
  })
  afterAll(async () => started?.close())
  const simulator = (): Simulator => {
    if (started === undefined) throw new Error('the simulator has not started yet')
    return started
  }
  return {
    get endpoint() {
      return simulator().endpoint
    },
    get simulator() {
      return simulator()
    },
  }
}
