import type { Scenario } from '../scenario.ts'
import { killOn } from './more-kills.ts'

/** Around the create, where the next launcher cannot know whether there is a job. */
const AROUND = ['4.submit:before', '4.submit:after', '6.handle:before'] as const

export const lostAnswers: Scenario = {
  name: 'lost-answers',
  summary: 'a provider whose creates each make a job and show late; launchers die around them',
  stack: 'cloud',
  async run(trial) {
    const strike = { point: trial.random.pick(AROUND), time: 1, act: 'SIGKILL' } as const
    trial.prepare({}, ['left', 'right'])
    await trial.die(strike)
    trial.fired('lost answer')
    await killOn(trial)
  },
}
