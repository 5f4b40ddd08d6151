import type { Scenario } from '../scenario.ts'
import { freshStrike } from '../strike.ts'
import { killOn } from './more-kills.ts'

export const moments: Scenario = {
  name: 'moments',
  summary: 'launchers die at random moments, one after the other',
  async run(trial) {
    const strike = freshStrike(trial)
    trial.prepare({})
    await trial.die(strike)
    await killOn(trial)
  },
}
