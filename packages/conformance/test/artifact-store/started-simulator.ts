import { afterAll, beforeAll } from 'vitest'

import { startSimulator, type Simulator, type SimulatorName } from '@sidestep/simulators'

/** An address where nobody listens. */
export const NOWHERE = 'http://127.0.0.1:1'

/** A simulator for the tests of a file. `prepare` makes what stores stand in. */
export function startedSimulator(
  name: SimulatorName,
  prepare: (endpoint: string) => Promise<unknown>,
): { readonly endpoint: string } {
  let simulator: Simulator | undefined
  beforeAll(async () => {
    simulator = await startSimulator(name)
    await prepare(simulator.endpoint)
  })
  afterAll(async () => simulator?.close())
  return {
    get endpoint() {
      if (simulator === undefined) throw new Error('the simulator has not started yet')
      return simulator.endpoint
    },
  }
}
