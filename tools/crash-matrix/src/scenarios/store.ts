import { setTimeout as sleep } from 'node:timers/promises'

import type { StoreFault } from '../project/faulty-store-class.ts'
import type { Scenario } from '../scenario.ts'
import { freshStrike, laterStrike } from '../strike.ts'
import { killOn } from './more-kills.ts'

/** The store has a bad time, for launchers and jobs; launchers die in it and after it. */
function storeFault(name: string, summary: string, fault: StoreFault): Scenario {
  return {
    name,
    summary,
    stack: 'faulty',
    async run(trial) {
      const { random } = trial
      const [early, fromMs, forMs] = [random.chance(0.3), random.int(300, 1_500), random.int(500, 2_500)]
      const strike = random.chance(0.5) ? freshStrike(random) : undefined
      const later = laterStrike(random)
      trial.prepare({})
      const bad = async (): Promise<void> => {
        await sleep(early ? 0 : fromMs)
        trial.files.setStoreFault(fault)
        await sleep(forMs)
        // Whoever does not come to the store at all in this time is waited for.
        for (let waited = 0; trial.files.storeFaults() === 0 && waited < 10_000; waited += 10) await sleep(10)
        trial.files.setStoreFault(undefined)
      }
      const time = bad()
      if (strike !== undefined) await trial.die(strike)
      await trial.die(later)
      await time
      if (trial.files.storeFaults() > 0) trial.fired(name)
      else trial.find('faults', `nobody came to the store while it was to be ${name}`)
      await killOn(trial)
    },
  }
}

export const storeRefuses: Scenario = storeFault('store-refuses', 'the artifact store takes no calls for a while', 'refuses')
export const storeFails: Scenario = storeFault(
  'store-fails',
  'the artifact store loses calls, and answers of calls that it did, for a while',
  'fails',
)
export const storeSlow: Scenario = storeFault('store-slow', 'the artifact store answers late for a while', 'slow')
