import type { StoreFault } from '../project/faulty-store-class.ts'
import type { Scenario } from '../scenario.ts'
import { freshStrike } from '../strike.ts'
import { until } from '../until.ts'
import { killOn } from './more-kills.ts'

/** The store has a bad time, for launchers and jobs; launchers die in it and after it. */
function storeFault(name: string, summary: string, fault: StoreFault): Scenario {
  return {
    name,
    summary,
    stack: 'faulty',
    async run(trial) {
      const { random } = trial
      const strike = random.chance(0.5) ? freshStrike(trial) : undefined
      const [early, fromMs, forMs, diesInIt] = [
        random.chance(0.3),
        random.int(300, 1_500),
        random.int(500, 2_500),
        random.chance(0.5),
      ]
      trial.prepare({})
      if (strike !== undefined) await trial.die(strike)
      if (early) trial.files.setStoreFault(fault)
      const launcher = await trial.launch()
      if (!early) await trial.pause(fromMs)
      trial.files.setStoreFault(fault)
      await until(`somebody comes to the store while it is to be ${name}`, () => trial.files.storeFaults() > 0)
      trial.fired(name)
      await trial.pause(forMs)
      if (!diesInIt) trial.files.setStoreFault(undefined)
      launcher.send('SIGKILL')
      await trial.died(launcher, `the store's bad time`)
      trial.files.setStoreFault(undefined)
      await killOn(trial)
    },
  }
}

export const storeRefuses: Scenario = storeFault(
  'store-refuses',
  'the artifact store takes no calls for a while',
  'refuses',
)
export const storeFails: Scenario = storeFault(
  'store-fails',
  'the artifact store loses calls, and answers of calls that it did, for a while',
  'fails',
)
export const storeSlow: Scenario = storeFault('store-slow', 'the artifact store answers late for a while', 'slow')
